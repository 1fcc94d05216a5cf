import { type ProblemCode, RESUMABLE } from '../../problems.ts';
import { BACKUPS } from './backups.ts';
import type { ProblemExplanation } from './problem.ts';
import { REFUSED } from './refused.ts';
import { STEP_FAILED } from './step-failed.ts';
import { UNREACHABLE } from './unreachable.ts';
import { USAGE } from './usage.ts';
import { VERIFICATION } from './verification.ts';

/** Every code of src/problems.ts: the type asks for each. */
export const PROBLEM_EXPLANATIONS: Record<ProblemCode, ProblemExplanation> = {
  ...USAGE,
  ...UNREACHABLE,
  ...STEP_FAILED,
  ...VERIFICATION,
  ...REFUSED,
  ...BACKUPS,
  INTERRUPTED: {
    message: 'Stopped between two pages, as told.',
    meaning: 'Ctrl-C, SIGTERM, --for or --until stopped it where that was safe.',
    state: RESUMABLE,
    next: 'the same command again goes on where it stopped',
  },
  BUG: {
    message: 'This is a bug in creditshift: x is not a function',
    meaning: 'The program met what it does not expect. No statement is left half done: each is in a transaction.',
    state: 'Not known to that run; what the database committed is kept.',
    next: 'creditshift status; and report the command and all that it wrote',
  },
};
