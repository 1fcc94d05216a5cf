import type { Check } from '../check.ts';
import { select } from '../violations.ts';

export const noLateWrites: Check = {
  name: 'legacy.no-late-writes',
  claim: 'nothing wrote the legacy balance after the cutover',
  remedy: 'find the application named: it still uses the legacy function or columns; nothing of it was moved to a pool',
  severity: 'warning',
  states: ['cut over', 'contracted'],
  find: ({ sql }) =>
    select(
      sql,
      `select format('organization %s: %s → %s by %s (%s) at %s', organization, balance_before, balance_after, role,
                     coalesce(nullif(application, ''), 'no name'), at)
         from creditshift.legacy_writes
        where mode = 'live' and cause is null
          and (balance_before is distinct from balance_after or total_before is distinct from total_after)`,
    ),
};
