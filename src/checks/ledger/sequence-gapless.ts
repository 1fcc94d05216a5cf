import { quoteIdentifier as q } from '../../config/names.ts';
import type { Check } from '../check.ts';
import { inSlice } from '../slice.ts';
import { MIGRATED } from '../state.ts';
import { select } from '../violations.ts';
import { numberedEntries } from './entries.ts';

export const sequenceGapless: Check = {
  name: 'ledger.sequence-gapless',
  claim:
    'each organization’s entries, allocations and charges together, are numbered 1, 2, 3 … up to its counter, or its tombstone',
  why: 'a gap is an entry that somebody removed',
  remedy: 'an entry was removed or made up past the functions; the archive or a backup has the original',
  severity: 'failure',
  states: MIGRATED,
  establishedBy: '060_allocate',
  slices: true,
  find(subject) {
    const { sql, model } = subject;
    const owner = `b.${q(model.balances.owner)}`;
    return select(
      sql,
      `with ordered as (
         select organization, first, sequence, tombstone, lag(sequence, 1, 0::bigint) over (partition by organization order by sequence) as previous
           from (${numberedEntries(subject)}) as e
       ), counted as (
         select organization, max(sequence) as last, max(sequence) filter (where tombstone) as tombstone, min(sequence) filter (where first <> previous + 1) as broken
           from ordered group by organization
       )
       select format('organization %s: entries up to %s, counter %s%s', coalesce(${owner}, c.organization), coalesce(c.last, 0),
                     coalesce(b.last_sequence::text, 'gone'), ', gap or duplicate at ' || c.broken)
         from (select * from ${model.balances.table} as b where ${inSlice(subject, owner)}) as b
         full join counted as c on c.organization = ${owner}
        where c.broken is not null or case when ${owner} is null then c.tombstone else b.last_sequence end is distinct from coalesce(c.last, 0)`,
    );
  },
};
