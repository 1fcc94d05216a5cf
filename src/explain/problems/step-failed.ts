import { RESUMABLE, UNTOUCHED } from '../../problems.ts';
import type { ProblemExplanation } from './problem.ts';

const state = RESUMABLE;

/** Exit 4: a step failed; what was committed before it is kept, and the same command goes on from there. */
export const STEP_FAILED = {
  LEASE_LOST: {
    message: 'This run lost its lease: it was out of touch for too long and another run took over.',
    meaning:
      'This program slept, or had no connection, for longer than its lease holds. The database refused all it tried since.',
    state: 'Nothing of this run was written since.',
    next: 'creditshift status, which shows who is at work now',
  },
  LOCK_TIMEOUT: {
    message: 'No lock on public.organization_credits after 10 tries.',
    meaning:
      'A transaction of somebody else holds the table. Each try gives up soon, so that no client queues behind it.',
    state,
    next: 'end the transactions that the error names, or wait for them; then the same command again',
  },
  STEP_FAILED: {
    message: 'The server refused a statement: division by zero (22012).',
    meaning: 'A statement of a step, or what a step relies on, failed. Its transaction was rolled back.',
    state,
    next: 'correct the cause that the message names; then the same command again',
  },
  ALLOCATION_FAILED: {
    message: '3 organizations could not be allocated; all others are.',
    meaning:
      'A constraint or a trigger of yours refuses these rows. They are set aside by name, and the cutover waits for them.',
    state,
    next: 'correct the rows, or what refuses them; then creditshift migrate tries these again',
  },
  THROTTLED: {
    message: 'Held for 600 s, and still: replication is 90 s behind, over 30 s.',
    meaning: 'The database was busy beyond a limit under throttle for longer than throttle.patience.',
    state,
    next: 'mend that, or set its limit under throttle; then the same command again goes on',
  },
  INVARIANT_BROKEN: {
    message: 'In 2 rows of the log something else would have changed with it.',
    meaning: 'Something of yours, most likely a trigger, changes what must not change. The page was rolled back.',
    state,
    next: 'find the trigger on the log and switch it off meanwhile; then the same command again',
  },
  BACKUP_FAILED: {
    message: 'There is no space for creditshift-backups/guardian-2026-11-22.',
    meaning: 'The backup could not be written, or does not read back. What was written of it is removed.',
    state: UNTOUCHED,
    next: 'make room, or name another folder with --out; then the same command again',
  },
} as const satisfies Record<string, ProblemExplanation>;
