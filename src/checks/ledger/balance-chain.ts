import type { Check } from '../check.ts';
import { MIGRATED } from '../state.ts';
import { select } from '../violations.ts';
import { chainedEntries } from './entries.ts';

export const balanceChain: Check = {
  name: 'ledger.balance-chain',
  claim: 'each entry begins where the one before it ended, and ends where its amount leads',
  why: 'an entry that was changed may still add up: only the chain shows where',
  remedy: 'compare the entry named with the archive or a backup: it was changed past the functions',
  severity: 'failure',
  states: MIGRATED,
  establishedBy: '060_allocate',
  slices: true,
  find(subject) {
    const { sql, model } = subject;
    const numbers = model.pools.map(pool => pool.position);
    const previous = numbers.map(n => `lag(after_${n}, 1, 0::bigint) over entries as previous_${n}`);
    const broken = model.pools.map(({ name, position: n }) => ({
      name,
      when: `before_${n} <> previous_${n} or before_${n} + change_${n} <> after_${n}`,
      what: `format('${name} %s, %s, %s after %s', before_${n}, change_${n}, after_${n}, previous_${n})`,
    }));
    return select(
      sql,
      `select format('organization %s, entry %s: %s', organization, sequence,
                     concat_ws('; ', ${broken.map(b => `case when ${b.when} then ${b.what} end`).join(', ')}))
         from (select e.*, ${previous.join(', ')}
                 from (${chainedEntries(subject)}) as e
               window entries as (partition by organization order by sequence)) as chain
        where ${broken.map(b => b.when).join(' or ')}`,
    );
  },
};
