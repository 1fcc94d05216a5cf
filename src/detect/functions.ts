import type { Queryable } from '../database/connect.ts';
import { writesColumn } from '../database/writers.ts';
import type { Table } from './catalog.ts';

/** A function that names the balance table. */
export interface Body {
  schema: string;
  name: string;
  types: string;
  parameters: { name: string | null; type: string }[];
  returns: string;
  source: string;
  /** Roles other than its owner that may execute it; PUBLIC by that name. */
  execute: string[];
}

/** Functions of any language with text that name the table. */
export async function readFunctions(tx: Queryable, table: Table): Promise<Body[]> {
  const rows = await tx<Body[]>`
    select n.nspname as schema, p.proname as name, format_type(p.prorettype, null) as returns,
           (select coalesce(string_agg(format_type(t, null), ', ' order by o), '') from unnest(p.proargtypes) with ordinality as a (t, o)) as types,
           (select coalesce(json_agg(json_build_object('name', nullif(p.proargnames[o], ''), 'type', format_type(t, null)) order by o), '[]')
              from unnest(p.proargtypes) with ordinality as a (t, o)) as parameters,
           coalesce(pg_get_function_sqlbody(p.oid), p.prosrc) as source,
           (select coalesce(json_agg(distinct case a.grantee when 0 then 'PUBLIC' else pg_get_userbyid(a.grantee)::text end), '[]')
              from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) as a
             where a.privilege_type = 'EXECUTE' and a.grantee <> p.proowner) as execute
      from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace
     where n.nspname !~ '^(pg_|information_schema$|creditshift)' and p.prokind in ('f', 'p')
       and coalesce(pg_get_function_sqlbody(p.oid), p.prosrc) ~* ${`\\m${table.name.replaceAll(/\W/g, '\\$&')}\\M`}
     order by n.nspname, p.proname, 4`;
  return [...rows];
}

export const signatureOf = ({ schema, name, types }: Body): string => `${schema}.${name}(${types})`;

/** Functions, no triggers', that write one of the columns. */
export const writersOf = (bodies: readonly Body[], table: Table, columns: readonly string[]): Body[] =>
  bodies.filter(
    ({ returns, source }) => returns !== 'trigger' && columns.some(column => writesColumn(source, table.name, column)),
  );
