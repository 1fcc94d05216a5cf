import type { Queryable } from '../../database/connect.ts';
import type { Violations } from '../check.ts';
import { select } from '../violations.ts';

/**
 * Roles that may execute a function and should not, or the reverse, judged by has_function_privilege for every role and
 * PUBLIC (oid 0). Superusers, the owner and members of an allowed role may; what PUBLIC may is told once, not for every
 * role. Roles go by oid, for one that is dropped meanwhile has no name to ask with.
 */
export function callerViolations(
  sql: Queryable,
  owner: string,
  wanted: readonly { identity: string; callers: readonly string[] }[],
): Promise<Violations> {
  return select(
    sql,
    `with functions as (
       select w.identity, w.callers, to_regprocedure(w.identity)::oid as oid
         from jsonb_to_recordset($1::text::jsonb) as w (identity text, callers jsonb)
     ), verdicts as (
       select f.identity, r.name as role,
              has_function_privilege(r.oid, f.oid, 'execute') as may,
              r.oid <> 0 and (pg_has_role(r.oid, $2::text, 'usage') or exists (
                select from jsonb_array_elements_text(f.callers) as c where pg_has_role(r.oid, c, 'usage'))) as should,
              r.oid <> 0 and has_function_privilege(0::oid, f.oid, 'execute') as through_public
         from functions as f
         cross join (select oid, rolname::text from pg_roles where not rolsuper
                     union all select 0, 'public') as r (oid, name)
        where f.oid is not null
     )
     select format('%s %s call %s', role, case when may then 'may' else 'cannot' end, identity)
       from verdicts
      where may <> should and not (may and through_public)
     union all
     select format('%s is missing', identity) from functions where oid is null`,
    [wanted, owner],
  );
}
