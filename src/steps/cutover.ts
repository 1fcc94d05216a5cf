import { sqlstate } from '../database/errors.ts';
import { Problem, RESUMABLE } from '../problems.ts';
import { catchUp } from './catch-up.ts';
import type { Run } from './run.ts';
import { requireTime } from './stop.ts';

/** Milliseconds for the switch itself: its transaction, and tries for its lock. */
const SWITCH = 5000;
/** Catch-ups before a cutover counts as not to be reached. */
const ROUNDS = 20;
/** What migrations/090_cutover.sql raises when more changed than it may allocate under its lock, or cannot be allocated. */
const NOT_CAUGHT_UP = '55000';

/**
 * Catches up and switches; when too much changed in between, again. It is begun only when it can end in time, by what
 * the catch-up took just now.
 */
export async function cutOver<T>(run: Run, apply: () => Promise<T>): Promise<T> {
  for (let round = 1; ; round++) {
    const started = performance.now();
    await catchUp(run);
    requireTime(run, performance.now() - started + SWITCH, 'the cutover');
    try {
      return await apply();
    } catch (error) {
      if (sqlstate(error) !== NOT_CAUGHT_UP) throw error;
      if (round === ROUNDS) throw tooManyChanges(error);
    }
  }
}

const tooManyChanges = (cause: unknown) =>
  new Problem('STEP_FAILED', 'Balances that plans divide change faster than the cutover may allocate under its lock.', {
    state: RESUMABLE,
    next: 'creditshift migrate   in a quieter hour',
    cause,
  });
