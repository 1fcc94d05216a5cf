import { quoteIdentifier as q } from '../../config/names.ts';
import type { Check } from '../check.ts';
import { BY_NO_PLAN } from '../ledger/entries.ts';
import { inSlice } from '../slice.ts';
import { MIGRATED } from '../state.ts';
import { select } from '../violations.ts';

export const balanceAccounted: Check = {
  name: 'legacy.balance-accounted',
  claim: 'each legacy balance is what its last allocation found, plus every write noticed since',
  why: 'a rollback puts this balance back to work',
  remedy:
    'something wrote the balance unnoticed (a disabled trigger); correct it, then creditshift reallocate --organization ID',
  severity: 'failure',
  states: MIGRATED,
  establishedBy: '060_allocate',
  slices: true,
  until: '110_drop_legacy',
  find(subject) {
    const { sql, model } = subject;
    const owner = `v_row.${q(model.balances.owner)}`;
    // The model's expression for the column, which the contract step renames, is over a row of this name.
    const balance = `coalesce(${model.legacy.balance}, 0)::numeric`;
    return select(
      sql,
      `with last as (
         select distinct on (organization) organization, kind, event, coalesce(legacy_before, 0) as found
           from creditshift.allocations 
          where kind not in (${BY_NO_PLAN}) and ${inSlice(subject, 'organization')} order by organization, sequence desc
       ), written as (
         select w.organization, sum(coalesce(w.balance_after, 0) - coalesce(w.balance_before, 0)) as change
           from creditshift.legacy_writes as w
           join last as l on l.organization = w.organization and w.event > l.event
          where ${inSlice(subject, 'w.organization')}
          group by w.organization
       )
       select format('organization %s: balance %s, accounted for %s', ${owner}, ${balance}, l.found + coalesce(w.change, 0))
         from ${model.balances.table} as v_row
         join last as l on l.organization = ${owner}
         left join written as w on w.organization = l.organization
        where ${inSlice(subject, owner)} and l.kind <> 'deletion' and ${balance} <> l.found + coalesce(w.change, 0)`,
    );
  },
};
