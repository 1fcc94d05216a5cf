import { quoteIdentifier as q } from '../../config/names.ts';
import type { Check } from '../check.ts';
import { inSlice } from '../slice.ts';
import { MIGRATED } from '../state.ts';
import { select } from '../violations.ts';
import { charges } from './entries.ts';

export const equation: Check = {
  name: 'ledger.equation',
  claim: 'granted + carried + topped up + reversed − forfeited − charged = available, for every organization and pool',
  why: 'it is the proof that no credit came from nowhere or got lost',
  remedy: 'an entry or a balance was changed past the functions; ledger.balance-chain shows where',
  severity: 'failure',
  states: MIGRATED,
  establishedBy: '060_allocate',
  slices: true,
  find(subject) {
    const { sql, model } = subject;
    const { balances, log, pools } = model;
    const owner = q(balances.owner);
    const allocated = pools.map(
      ({ allocation, position: n }) => `sum(a.${q(allocation.granted)} - a.${q(allocation.forfeited)}) as pool_${n}`,
    );
    const charged = pools.map(({ consumed, position: n }) => `sum(l.${q(consumed)}) as pool_${n}`);
    const ledger = pools.map(({ name, available, position: n }) => ({
      name,
      // Who is gone has nothing left: a tombstone forfeited it.
      balance: `case when b.${owner} is null then 0 else ${available.b} end`,
      entries: `coalesce(a.pool_${n}, 0) - coalesce(c.pool_${n}, 0)`,
    }));
    const differs = ledger.map(({ balance, entries }) => `${balance} is distinct from ${entries}`);
    const shown = ledger.map(
      ({ name, balance, entries }, i) =>
        `case when ${differs[i]} then format('${name} %s, by the ledger %s', coalesce((${balance})::text, 'null'), ${entries}) end`,
    );
    return select(
      sql,
      `select format('organization %s: %s', coalesce(b.${owner}, a.organization, c.organization), concat_ws('; ', ${shown.join(', ')}))
         from (select * from ${balances.table} as b where ${inSlice(subject, `b.${owner}`)}) as b
         full join (select a.organization, ${allocated.join(', ')} from creditshift.allocations as a
                     where ${inSlice(subject, 'a.organization')} group by a.organization) as a
           on a.organization = b.${owner}
         full join (select l.${q(log.owner)} as organization, ${charged.join(', ')} from ${log.table} as l where l.success and ${charges(subject)} group by 1) as c
           on c.organization = coalesce(b.${owner}, a.organization)
        where ${differs.join(' or ')}`,
    );
  },
};
