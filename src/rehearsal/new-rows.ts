import type { Qualified } from '../config/names.ts';
import { quoteIdentifier, quoteLiteral } from '../config/names.ts';
import type { Queryable } from '../database/connect.ts';

interface Column {
  name: string;
  type: string;
  /** Whether a default, or the counter of an identity column, fills it. */
  fills: boolean;
  /** In a unique index that the key is not part of: two rows cannot have the same. */
  unique: boolean;
  required: boolean;
}

/**
 * Copies the row of `from` for another `key`, as an application would write a new one: `values` by column, defaults and
 * fresh values where a row cannot repeat what another has. Where the key has a row already, it is left as it is.
 */
export async function copyRow(
  sql: Queryable,
  { table, key }: { table: Qualified; key: string },
  from: string,
  to: string,
  values: Readonly<Record<string, string>> = {},
): Promise<void> {
  const columns = (await columnsOf(sql, table, key)).filter(c => !(c.unique && c.fills));
  const given: Record<string, string> = { ...values, [key]: to };
  const sources = columns.map(c => {
    const value = given[c.name];
    if (value !== undefined) return `${quoteLiteral(value)}::${c.type}`;
    return c.unique ? fresh(c, table, to) : `s.${quoteIdentifier(c.name)}`;
  });
  await sql.unsafe(
    `insert into ${table} (${columns.map(c => quoteIdentifier(c.name)).join(', ')})
     select ${sources.join(', ')} from ${table} as s
      where s.${quoteIdentifier(key)}::text = $1
        and not exists (select from ${table} as t where t.${quoteIdentifier(key)}::text = $2)`,
    [from, to],
  );
}

async function columnsOf(sql: Queryable, table: Qualified, key: string): Promise<Column[]> {
  const rows = await sql<Column[]>`
    select a.attname as name, format_type(a.atttypid, a.atttypmod) as type, a.attnotnull as required,
           a.atthasdef or a.attidentity <> '' as fills,
           exists (select from pg_index as i
                    where i.indrelid = a.attrelid and i.indisunique and a.attnum = any (i.indkey::smallint[])
                      and not (select k.attnum from pg_attribute as k where k.attrelid = a.attrelid and k.attname = ${key})
                              = any (i.indkey::smallint[])) as unique
      from pg_attribute as a
     where a.attrelid = ${table.toString()}::regclass and a.attnum > 0 and not a.attisdropped
       and a.attgenerated = '' and a.attidentity <> 'a'
     order by a.attnum`;
  return [...rows];
}

/** An expression for a value that no other row has. */
function fresh({ name, type, required }: Column, table: Qualified, to: string): string {
  if (!required) return 'null';
  if (type === 'uuid') return 'gen_random_uuid()';
  if (/^(smallint|integer|bigint|numeric)/.test(type))
    return `(select max(m.${quoteIdentifier(name)}) + 1 from ${table} as m)`;
  return `${quoteLiteral(`rehearsal-${to}`)}::${type}`;
}
