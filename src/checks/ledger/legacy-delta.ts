import { quoteIdentifier as q } from '../../config/names.ts';
import type { Check } from '../check.ts';
import { select } from '../violations.ts';

export const legacyDelta: Check = {
  name: 'ledger.legacy-delta',
  claim:
    'every charge says what it costs the unified balance; a refusal, and an allocation that nobody paid for, moves nothing',
  why: 'a rollback settles by it: where it is wrong, the unified balance will be',
  remedy: 'without it a rollback cannot settle the charge; restore the value from the archive or a backup',
  severity: 'failure',
  states: ['cut over', 'disabled', 'contracted'],
  find({ sql, model: { log } }) {
    return select(
      sql,
      `select format('organization %s, %s: legacy_delta %s', l.${q(log.owner)},
                     case when l.success then 'entry ' || l.sequence else 'refusal at ' || l.${q(log.at)} end, coalesce(l.legacy_delta::text, 'null'))
         from ${log.table} as l
        where l.success and (l.legacy_delta is null or l.sequence is null)
           or not l.success and (l.legacy_delta is distinct from 0 or l.sequence is not null)
       union all
       select format('organization %s, entry %s: %s moves %s', a.organization, a.sequence, a.kind, a.legacy_delta)
         from creditshift.allocations as a
        where a.legacy_delta <> 0 and a.kind not in ('top-up', 'opening', 'deletion') or a.legacy_delta < 0 and a.kind = 'top-up'`,
    );
  },
};
