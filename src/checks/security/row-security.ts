import type { Check } from '../check.ts';
import { MIGRATED } from '../state.ts';
import { selectInherited } from './inherited.ts';
import { reaches, untrusted } from './roles.ts';

export const rowSecurity: Check = {
  name: 'security.row-security',
  claim: 'row security is on where a tenant’s users, or anon, may read balances or log, or write a credit table',
  why: 'without it a policy is only text',
  remedy: 'ALTER TABLE … ENABLE ROW LEVEL SECURITY with policies for who needs the rows, or REVOKE the privileges',
  severity: 'failure unless inherited',
  states: MIGRATED,
  find: ({ sql, model }) =>
    selectInherited(
      sql,
      `select format('%s may %s %s, where row security is off',
                case a.grantee when 0 then 'PUBLIC' else pg_get_userbyid(a.grantee) end,
                lower(string_agg(a.privilege_type, ', ' order by a.privilege_type)), c.oid::regclass),
              bool_and(starts_with(r.definition, concat_ws(' ', c.relkind, pg_get_userbyid(c.relowner), false, ''))
                       and strpos(replace(r.definition, ',', ' '), format(' %s %s ', a.grantee::regrole, a.privilege_type)) > 0)
         from pg_class as c
         join pg_namespace as n on n.oid = c.relnamespace
        cross join aclexplode(c.relacl) as a
         left join recorded as r on r.kind = 'relation' and r.identity = format('%I.%I', n.nspname, c.relname)
        where c.oid in (select to_regclass(t) from jsonb_array_elements_text($1::text::jsonb) as t)
          and not c.relrowsecurity and a.grantee <> c.relowner
          and (a.privilege_type in ('INSERT', 'UPDATE', 'DELETE')
               or a.privilege_type = 'SELECT' and c.oid <> to_regclass($2::text))
          and ${reaches('a.grantee', '$3')}
        group by c.oid, a.grantee`,
      [
        [model.balances.table, model.actions.table, model.log.table].map(String),
        model.actions.table.toString(),
        untrusted(model),
      ],
    ),
};
