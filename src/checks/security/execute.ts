import type { Check } from '../check.ts';
import { MIGRATED } from '../state.ts';
import { DEFINERS, namesOf } from './definers.ts';
import { selectInherited } from './inherited.ts';
import { reaches, strangers } from './roles.ts';

export const execute: Check = {
  name: 'security.execute',
  claim: 'no security definer function that names a credit table can be called by PUBLIC, or by anon unless configured',
  why: 'such a function runs with its owner’s rights: whoever may call it has them',
  remedy: 'REVOKE EXECUTE ON FUNCTION … FROM PUBLIC, anon, and GRANT it to the roles that call it',
  severity: 'failure unless inherited',
  states: MIGRATED,
  find: ({ sql, model }) =>
    selectInherited(
      sql,
      `with ${DEFINERS}
       select format('%s may call %s', case a.grantee when 0 then 'PUBLIC' else pg_get_userbyid(a.grantee) end, d.identity),
              d.header ~ 'SECURITY DEFINER'
              and strpos(replace(d.recorded, ',', ' '), format(' %s EXECUTE ', a.grantee::regrole)) > 0
         from definers as d, aclexplode(coalesce(d.proacl, acldefault('f', d.proowner))) as a
        where d.prorettype <> 'trigger'::regtype and a.grantee <> d.proowner
          and ${reaches('a.grantee', '$2')}`,
      [namesOf(model), strangers(model)],
    ),
};
