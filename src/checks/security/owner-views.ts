import type { Check } from '../check.ts';
import { MIGRATED } from '../state.ts';
import { selectInherited } from './inherited.ts';
import { reaches, untrusted } from './roles.ts';

export const ownerViews: Check = {
  name: 'security.owner-views',
  claim: 'no view over balances or log shows a tenant’s users, or anon, what its owner may read',
  why: 'a view reads with its owner’s rights, past every policy of the tables',
  remedy: 'ALTER VIEW … SET (security_invoker = true), or REVOKE SELECT on it; a materialized view can only be revoked',
  severity: 'failure unless inherited',
  states: MIGRATED,
  find: ({ sql, model }) =>
    selectInherited(
      sql,
      `with recursive reading as (
         select to_regclass(t)::oid as oid from jsonb_array_elements_text($1::text::jsonb) as t
         union
         select w.ev_class
           from reading as r
           join pg_depend as d on d.refclassid = 'pg_class'::regclass and d.refobjid = r.oid
                              and d.classid = 'pg_rewrite'::regclass
           join pg_rewrite as w on w.oid = d.objid
       )
       select format('%s may read %s', case a.grantee when 0 then 'PUBLIC' else pg_get_userbyid(a.grantee) end, c.oid::regclass),
              was.definition !~ 'security_invoker=(true|on|yes|1)'
              and strpos(replace(was.definition, ',', ' '), format(' %s SELECT ', a.grantee::regrole)) > 0
              and exists (select from reading as r join pg_class as k on k.oid = r.oid and k.oid <> c.oid
                           where strpos(showed.definition, k.relname) > 0)
         from pg_class as c
         join pg_namespace as n on n.oid = c.relnamespace
        cross join aclexplode(c.relacl) as a
         left join recorded as was on was.kind = 'relation' and was.identity = format('%I.%I', n.nspname, c.relname)
         left join recorded as showed on showed.kind = 'view' and showed.identity = was.identity
        where c.oid in (select oid from reading) and c.relkind in ('v', 'm')
          and not exists (select from pg_options_to_table(c.reloptions) as o
                           where o.option_name = 'security_invoker' and o.option_value::boolean)
          and a.privilege_type = 'SELECT' and a.grantee <> c.relowner
          and ${reaches('a.grantee', '$2')}`,
      [[model.balances.table, model.log.table].map(String), untrusted(model)],
    ),
};
