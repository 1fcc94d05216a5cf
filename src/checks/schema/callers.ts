import type { Queryable } from '../../database/connect.ts';
import type { Violations } from '../check.ts';
import { select } from '../violations.ts';

/**
 * Roles that may execute a function and should not, or the reverse, judged by has_function_privilege for every role and
 * PUBLIC. Superusers, the owner and members of an allowed role may; what PUBLIC may is told once, not for every role.
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
       select f.identity, r.role,
              has_function_privilege(r.role, f.oid, 'execute') as may,
              r.role <> 'public' and (pg_has_role(r.role, $2::text, 'usage') or exists (
                select from jsonb_array_elements_text(f.callers) as c where pg_has_role(r.role, c, 'usage'))) as should,
              r.role <> 'public' and has_function_privilege('public', f.oid, 'execute') as through_public
         from functions as f
         cross join (select rolname::text from pg_roles where not rolsuper union all select 'public') as r (role)
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
