import type { Check } from '../check.ts';
import { listed, select } from '../violations.ts';

export const noLateWrites: Check = {
  name: 'legacy.no-late-writes',
  claim: 'nothing wrote the legacy balance after the cutover, where policies.lateWrites does not allow it',
  why: 'old code still spends what no pool has: somebody buys twice',
  remedy:
    'find the application named: it still uses the legacy function or columns. A rollback keeps what it wrote; no pool has it',
  severity: 'warning',
  states: ['cut over', 'contracted'],
  find: async ({ sql, config }) =>
    config.policies.lateWrites === 'allow'
      ? listed([])
      : select(
          sql,
          `select format('organization %s: %s → %s%s by %s (%s) at %s', organization, balance_before, balance_after,
                         case when total_before is distinct from total_after then format(', total %s → %s', total_before, total_after) end,
                         role, coalesce(nullif(application, ''), 'no name'), at)
             from creditshift.late_writes`,
        ),
};
