import { RESUMABLE, UNTOUCHED } from '../../problems.ts';
import type { ProblemExplanation } from './problem.ts';

/** Exit 5: something is not as it has to be. */
export const VERIFICATION = {
  CHECKS_FAILED: {
    message: '060_allocate was applied, but balances.totals-by-plan failed after it.',
    meaning: 'A check found what contradicts its claim, and going on would bury it.',
    state: RESUMABLE,
    next: 'creditshift explain CHECK, and creditshift verify --only CHECK, which shows the rows; correct them, then go on',
  },
  PLAN_CONFLICTS: {
    message: 'The configuration cannot be applied to this migration.',
    meaning:
      'Something is undecided, or stands in the way: who gets which plan, a name that is taken, a change that cannot be made.',
    state: UNTOUCHED,
    next: 'creditshift plan, which marks each with ✗; creditshift explain CODE says what to do about it',
  },
  DIFFERENCE: {
    message: "The demo's figures are not the expected ones: the balance of Agenzia.",
    meaning: 'The demo on its own server did not come to the expected figures.',
    state: 'Only the demo’s own server was used.',
    next: 'report it with the output above',
  },
} as const satisfies Record<string, ProblemExplanation>;
