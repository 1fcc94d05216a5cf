import { setTimeout as pause } from 'node:timers/promises';
import { Problem, RESUMABLE } from '../problems.ts';
import type { Sql, Transaction } from './connect.ts';
import { sqlstate } from './errors.ts';
import { type Blocker, blockers, type TableLock } from './locks.ts';

/** How a locking transaction behaves: it gives up before a client would notice, and tries again. */
export interface Ladder {
  /** Per statement, milliseconds; below deadlock_timeout, so that our side gives up and never the client. */
  lockTimeout: number;
  tries: number;
  /** Told before a try that somebody is in the way of. */
  blocked?: (by: readonly Blocker[], attempt: number) => void;
}

export const DEFAULT_LADDER: Ladder = { lockTimeout: 200, tries: 40 };
export const CUTOVER_LADDER: Ladder = { lockTimeout: 120, tries: 60 };

/** What a step's locks cost, as measured. */
export interface LockTiming {
  tries: number;
  /** Milliseconds until the successful try began. */
  waited: number;
  /** Milliseconds the successful transaction took, an upper bound of every lock in it. */
  held: number;
}

const RETRYABLE = ['55P03', '40P01', '40001'];

/**
 * Runs a transaction under SET LOCAL lock_timeout, again with jitter while a lock is not to be had.
 * @param locks what it asks for; of a bare table it writes rows
 * @throws Problem LOCK_TIMEOUT naming the blockers once the tries are used up; never waits without a limit
 */
export async function withLadder<T>(
  sql: Sql,
  locks: readonly (string | TableLock)[],
  body: (tx: Transaction) => Promise<T>,
  ladder: Ladder = DEFAULT_LADDER,
): Promise<{ result: T; timing: LockTiming }> {
  const wanted = locks.map(lock => (typeof lock === 'string' ? { table: lock, mode: 'ROW EXCLUSIVE' } : lock));
  const started = performance.now();
  let seen: readonly Blocker[] = [];
  for (let attempt = 1; ; attempt++) {
    const inTheWay = await blockers(sql, wanted, ladder.lockTimeout, attempt > 1);
    if (inTheWay.length > 0) {
      seen = inTheWay;
      ladder.blocked?.(seen, attempt);
    }
    const tried = performance.now();
    try {
      // Read committed whatever the role's default: what is looked at under a lock must not be older than the lock.
      const result = await sql.begin('isolation level read committed', async tx => {
        await tx.unsafe(`set local lock_timeout = '${ladder.lockTimeout}ms'; set local statement_timeout = 0;
          set local idle_in_transaction_session_timeout = '60s'`);
        return body(tx);
      });
      const timing = { tries: attempt, waited: tried - started, held: performance.now() - tried };
      return { result: result as T, timing };
    } catch (error) {
      if (!RETRYABLE.includes(sqlstate(error) ?? '')) throw error;
      if (attempt >= ladder.tries) {
        const now = await blockers(sql, wanted, ladder.lockTimeout, true);
        throw lockTimeout(wanted, `after ${attempt} tries`, now.length > 0 ? now : seen, error);
      }
      await pause(Math.min(2000, 25 * attempt) * (0.5 + Math.random()));
    }
  }
}

/** LOCK_TIMEOUT that names who is in the way. `effort`: how long or often it was tried. */
export function lockTimeout(
  wanted: readonly TableLock[],
  effort: string,
  by: readonly Blocker[],
  cause: unknown,
): Problem {
  return new Problem('LOCK_TIMEOUT', `No lock on ${wanted.map(w => w.table).join(', ')} ${effort}.`, {
    state: RESUMABLE,
    next: 'end the transactions named above, or wait for them; then the same command again',
    details: by.map(b => `held by pid ${b.pid} (${b.application || 'no name'}) since ${b.age}: ${b.query}`),
    cause,
  });
}
