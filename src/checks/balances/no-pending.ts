import type { Check } from '../check.ts';
import { MIGRATED } from '../state.ts';
import { select } from '../violations.ts';

export const noPending: Check = {
  name: 'balances.no-pending',
  claim: 'no organization waits for a decision about its plan',
  why: 'it has no pools until somebody decides its plan',
  remedy: 'add a rule to assignments, or creditshift reallocate --organization ID --plan NAME',
  severity: 'warning',
  states: MIGRATED,
  establishedBy: '060_allocate',
  find: ({ sql }) =>
    select(
      sql,
      `select format('organization %s: %s', organization, reason) from creditshift.exceptions where kind = 'pending'`,
    ),
};
