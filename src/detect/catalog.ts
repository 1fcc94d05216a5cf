import { Qualified } from '../config/names.ts';
import type { Queryable } from '../database/connect.ts';

export interface Column {
  name: string;
  /** Without length or precision; of a domain, the type beneath it. */
  type: string;
  enum: boolean;
  nullable: boolean;
  /** The expression of a generated column. */
  generated: string | null;
}

/** A table that is no part of another, of the server or of an extension. */
export interface Table {
  id: string;
  schema: string;
  name: string;
  rowSecurity: boolean;
  primary: string | null;
  columns: Column[];
  /** Columns that are unique by themselves. */
  unique: string[];
  /** Foreign keys of one column. */
  references: { column: string; table: string; key: string }[];
}

/** Every table a user made, in one statement, however many there are. */
export async function readTables(tx: Queryable): Promise<Table[]> {
  const rows = await tx<Table[]>`
    select c.oid::text as id, n.nspname as schema, c.relname as name, c.relrowsecurity as "rowSecurity",
           coalesce((select json_agg(json_build_object('name', a.attname, 'enum', t.typtype = 'e', 'nullable', not a.attnotnull,
                       'type', format_type(coalesce(nullif(t.typbasetype, 0), t.oid), null),
                       'generated', case when a.attgenerated <> '' then pg_get_expr(d.adbin, d.adrelid) end) order by a.attnum)
                       from pg_attribute as a join pg_type as t on t.oid = a.atttypid
                       left join pg_attrdef as d on d.adrelid = a.attrelid and d.adnum = a.attnum
                      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped), '[]') as columns,
           (select a.attname from pg_index as i join pg_attribute as a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
             where i.indrelid = c.oid and i.indisprimary and i.indnkeyatts = 1) as primary,
           array(select a.attname::text from pg_index as i
                   join pg_attribute as a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
                  where i.indrelid = c.oid and i.indisunique and i.indisvalid and i.indnkeyatts = 1 and i.indpred is null
                  order by a.attnum) as unique,
           coalesce((select json_agg(json_build_object('column', a.attname, 'table', k.confrelid::text, 'key', b.attname) order by a.attnum)
                       from pg_constraint as k
                       join pg_attribute as a on a.attrelid = k.conrelid and a.attnum = k.conkey[1]
                       join pg_attribute as b on b.attrelid = k.confrelid and b.attnum = k.confkey[1]
                      where k.conrelid = c.oid and k.contype = 'f' and cardinality(k.conkey) = 1), '[]') as references
      from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p') and not c.relispartition and n.nspname !~ '^(pg_|information_schema$|creditshift)'
       and not exists (select from pg_depend as e where e.classid = 'pg_class'::regclass and e.objid = c.oid and e.deptype = 'e')
     order by 2, 3`;
  return [...rows];
}

const EXACT = ['smallint', 'integer', 'bigint', 'numeric'];
const TEXT = ['text', 'character varying', 'character', 'citext'];

export const isExact = (column: Column): boolean => EXACT.includes(column.type);
export const isText = (column: Column): boolean => column.enum || TEXT.includes(column.type);
export const isTime = (column: Column): boolean => column.type.startsWith('timestamp') || column.type === 'date';
export const isJson = (column: Column): boolean => column.type === 'json' || column.type === 'jsonb';
export const columnOf = (table: Table, name: string): Column | undefined => table.columns.find(c => c.name === name);

export const qualified = (table: Table): Qualified => new Qualified(table.schema, table.name);

/** `schema.name` as the configuration writes it: a part with a dot or a space in double quotes. */
export const written = ({ schema, name }: { schema: string; name: string }): string =>
  [schema, name].map(part => (/[.\s]/.test(part) ? `"${part}"` : part)).join('.');
