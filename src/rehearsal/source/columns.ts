import { type Qualified, quoteIdentifier, quoteLiteral } from '../../config/names.ts';
import type { Config } from '../../config/schema.ts';
import type { Queryable } from '../../database/connect.ts';

/** A table of the copy: its columns, and what is read for each. */
export interface Source {
  table: Qualified;
  columns: string[];
  expressions: string[];
  /** Columns whose values stay at the source. */
  replaced: string[];
}

interface Column {
  name: string;
  type: string;
  /** pg_type.typcategory: N numbers, D dates, T intervals, B booleans, E enums, A arrays … */
  category: string;
  required: boolean;
  /** Key of the table, or reference to another table of the copy. */
  key: boolean;
  /** Reference to a table whose rows are not copied. */
  dangling: boolean;
  checked: boolean;
}

/**
 * What is read of a table: the columns that the configuration names, keys, numbers, dates, booleans, enums and columns
 * under a CHECK. Anything else, and what `rehearsal.personal` names, is replaced in the query itself, so that it never
 * leaves the source: by null, or by a hash under `secret` where there has to be a value.
 */
export async function sourceOf(
  sql: Queryable,
  config: Config,
  table: Qualified,
  copied: readonly Qualified[],
  named: readonly string[],
  secret: string,
): Promise<Source> {
  const personal = config.rehearsal.personal.map(name => name.toLowerCase());
  const source: Source = { table, columns: [], expressions: [], replaced: [] };
  for (const column of await columnsOf(sql, table, copied)) {
    const hidden =
      !named.includes(column.name) &&
      (personal.includes(column.name.toLowerCase()) || !isHarmless(column) || (column.dangling && !column.required));
    source.columns.push(column.name);
    source.expressions.push(hidden ? replacement(column, secret) : quoteIdentifier(column.name));
    if (hidden) source.replaced.push(column.name);
  }
  return source;
}

const isHarmless = ({ category, key, checked }: Column): boolean => key || checked || 'NDTBE'.includes(category);

function replacement({ name, type, category, required }: Column, secret: string): string {
  if (!required) return `null::${type}`;
  const hash = `encode(sha256(convert_to(${quoteLiteral(secret)} || ${quoteIdentifier(name)}::text, 'UTF8')), 'hex')`;
  if (category === 'A' || type === 'jsonb' || type === 'json') return `'{}'::${type}`;
  if (type === 'uuid') return `left(${hash}, 32)::uuid`;
  if (type === 'inet' || type === 'cidr') return `'0.0.0.0'::${type}`;
  if (type === 'bytea') return `decode(${hash}, 'hex')`;
  if (type === 'bigint' || type.startsWith('numeric')) return `('x' || left(${hash}, 15))::bit(60)::bigint::${type}`;
  if (category === 'N') return `('x' || left(${hash}, 7))::bit(28)::integer::${type}`;
  return `${hash}::${type}`;
}

async function columnsOf(sql: Queryable, table: Qualified, copied: readonly Qualified[]): Promise<Column[]> {
  const rows = await sql<Column[]>`
    select a.attname as name, format_type(a.atttypid, a.atttypmod) as type, t.typcategory as category,
           a.attnotnull or (t.typtype = 'd' and t.typnotnull) as required,
           coalesce(bool_or(k.contype = 'p' or (k.contype = 'f' and k.confrelid = any (c.oids))), false) as key,
           coalesce(bool_or(k.contype = 'f' and k.confrelid <> all (c.oids)), false) as dangling,
           coalesce(bool_or(k.contype = 'c'), false) as checked
      from pg_attribute as a
      join pg_type as t on t.oid = a.atttypid
      cross join (select ${copied.map(String)}::text[]::regclass[]::oid[]) as c (oids)
      left join pg_constraint as k on k.conrelid = a.attrelid and a.attnum = any (k.conkey)
     where a.attrelid = ${table.toString()}::regclass and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
     group by a.attnum, a.attname, a.atttypid, a.atttypmod, t.typcategory, a.attnotnull, t.typtype, t.typnotnull, c.oids
     order by a.attnum`;
  return [...rows];
}
