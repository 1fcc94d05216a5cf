import type { Check } from '../check.ts';
import { MIGRATED } from '../state.ts';
import { selectInherited } from './inherited.ts';
import { reaches, untrusted } from './roles.ts';

export const openPolicies: Check = {
  name: 'security.open-policies',
  claim:
    'no policy opens every tenant’s credits to a tenant’s users: it is not true for a write, nor for all who signed in',
  why: 'a policy that is always true shows every tenant’s credits to all of them',
  remedy:
    'compare a column of the row with who asks in USING and WITH CHECK, or DROP POLICY; everybody may read prices',
  severity: 'failure unless inherited',
  states: MIGRATED,
  find: ({ sql, model }) =>
    selectInherited(
      sql,
      `with policies as (
         select p.*, c.oid::regclass as "table", format('%I.%I %s', n.nspname, c.relname, p.polname) as identity,
                pg_get_expr(p.polqual, p.polrelid) as qual, pg_get_expr(p.polwithcheck, p.polrelid) as "check",
                (select string_agg(role, ',' order by role collate "C")
                   from (select case oid when 0 then 'public' else pg_get_userbyid(oid) end as role
                           from unnest(p.polroles) as oid) as r) as roles,
                exists (select from pg_depend as d
                         where d.classid = 'pg_policy'::regclass and d.objid = p.oid and d.refclassid = 'pg_class'::regclass
                           and (d.refobjid <> p.polrelid or d.refobjsubid > 0)) as reads_rows
           from pg_policy as p
           join pg_class as c on c.oid = p.polrelid
           join pg_namespace as n on n.oid = c.relnamespace
          where p.polpermissive and p.polrelid in (
                  select to_regclass(t) from jsonb_array_elements_text($1::text::jsonb) as t
                   union select to_regclass($2::text) where p.polcmd <> 'r')
       )
       select format('policy %s on %s for %s is %s', p.polname, p."table", p.roles,
                case when 'true' in (p.qual, p."check") then 'true' else coalesce(p.qual, p."check") end),
              r.definition = concat_ws(' ', p.polcmd, p.polpermissive, p.roles, p.qual, p."check")
         from policies as p
         left join recorded as r on r.kind = 'policy' and r.identity = p.identity
        where ('true' in (p.qual, p."check")
               or not p.reads_rows and concat_ws(' ', p.qual, p."check") ~ ('IS NOT NULL|''(' || $4::text || ')'''))
          and exists (select from unnest(p.polroles) as role where ${reaches('role', '$3')})`,
      [
        [model.balances.table, model.log.table].map(String),
        model.actions.table.toString(),
        untrusted(model),
        untrusted(model)
          .map(role => role.replace(/\W/g, '\\$&'))
          .join('|'),
      ],
    ),
};
