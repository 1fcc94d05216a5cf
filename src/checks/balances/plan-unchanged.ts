import type { Check } from '../check.ts';
import { BY_NO_PLAN } from '../ledger/entries.ts';
import { select } from '../violations.ts';

export const planUnchanged: Check = {
  name: 'balances.plan-unchanged',
  claim: 'no organization changed its plan after its last allocation',
  why: 'it pays for one plan and has the credits of another',
  remedy: 'creditshift reallocate --organization ID gives it the credits of its plan',
  severity: 'warning',
  states: ['cut over', 'disabled', 'contracted'],
  establishedBy: '060_allocate',
  find: ({ sql }) =>
    select(
      sql,
      `with changed as (
         select organization, (array_agg(plan_before order by event))[1] as before,
                (array_agg(plan_after order by event desc))[1] as after
           from creditshift.legacy_writes as w
          where plan_before is distinct from plan_after
            and event > coalesce((select max(a.event) from creditshift.allocations as a where a.organization = w.organization and a.kind not in (${BY_NO_PLAN})), 0)
          group by organization
       )
       select format('organization %s: %s → %s', organization, coalesce(before, 'none'), coalesce(after, 'none'))
         from changed
        where before is distinct from after`,
    ),
};
