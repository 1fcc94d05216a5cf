import type { Check } from '../check.ts';
import { MIGRATED } from '../state.ts';
import { select } from '../violations.ts';

export const noFailed: Check = {
  name: 'balances.no-failed',
  claim: 'no organization’s allocation failed with an error',
  why: 'it has no pools: after the cutover every charge of it would be refused',
  remedy: 'correct the row, or what refuses it; then creditshift migrate tries it again',
  severity: 'failure',
  states: MIGRATED,
  find: ({ sql }) =>
    select(
      sql,
      `select format('organization %s: %s', organization, reason) from creditshift.exceptions where kind = 'failed'`,
    ),
};
