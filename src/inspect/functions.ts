import type { Qualified } from '../config/names.ts';
import type { Queryable } from '../database/connect.ts';

export interface FunctionRow {
  function: string;
  owner: string;
  language: string;
  securityDefiner: boolean;
  /** Null: it runs with the caller's search_path. */
  searchPath: string | null;
  /** Roles that may execute it, PUBLIC among them. */
  execute: string[];
}

/**
 * Functions whose body names one of the tables, and every overload of `consume`, set aside or not. Bodies in a
 * language without text that can be read are not found.
 */
export async function readFunctions(
  tx: Queryable,
  tables: readonly Qualified[],
  consume: Qualified,
): Promise<FunctionRow[]> {
  const names = tables.map(table => table.name.replace(/\W/g, '\\$&')).join('|');
  return tx<FunctionRow[]>`
    select format('%I.%I(%s)', n.nspname, p.proname, array_to_string(p.proargtypes::regtype[], ', ')) as function,
           pg_get_userbyid(p.proowner) as owner, l.lanname as language, p.prosecdef as "securityDefiner",
           (select substr(setting, length('search_path=') + 1) from unnest(p.proconfig) as setting
             where setting like 'search\_path=%') as "searchPath",
           (select coalesce(json_agg(distinct case a.grantee when 0 then 'PUBLIC' else pg_get_userbyid(a.grantee)::text end), '[]')
              from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) as a where a.privilege_type = 'EXECUTE') as execute
      from pg_proc as p
      join pg_namespace as n on n.oid = p.pronamespace
      join pg_language as l on l.oid = p.prolang
     where n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'creditshift')
       and (coalesce(pg_get_function_sqlbody(p.oid), p.prosrc) ~* ${`\\m(${names})\\M`}
            or p.proname = ${consume.name} and n.nspname in (${consume.schema}, 'creditshift_aside'))
     order by 1`;
}
