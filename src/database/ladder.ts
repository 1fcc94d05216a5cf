import { setTimeout as pause } from 'node:timers/promises';
import { Problem, RESUMABLE } from '../problems.ts';
import type { Queryable, Sql, Transaction } from './connect.ts';
import { sqlstate } from './errors.ts';

/** How a locking transaction behaves: it gives up before a client would notice, and tries again. */
export interface Ladder {
  /** Per statement, milliseconds; below deadlock_timeout, so that our side gives up and never the client. */
  lockTimeout: number;
  tries: number;
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
 * @throws Problem LOCK_TIMEOUT naming the blockers once the tries are used up; never waits without a limit
 */
export async function withLadder<T>(
  sql: Sql,
  tables: readonly string[],
  body: (tx: Transaction) => Promise<T>,
  ladder: Ladder = DEFAULT_LADDER,
): Promise<{ result: T; timing: LockTiming }> {
  const started = performance.now();
  for (let attempt = 1; ; attempt++) {
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
      if (attempt >= ladder.tries) throw await lockTimeout(sql, tables, `after ${attempt} tries`, error);
      await pause(Math.min(2000, 25 * attempt) * (0.5 + Math.random()));
    }
  }
}

/** LOCK_TIMEOUT that names who holds the tables. `effort`: how long or often it was tried. */
export async function lockTimeout(
  sql: Queryable,
  tables: readonly string[],
  effort: string,
  cause: unknown,
): Promise<Problem> {
  const holders = await blockers(sql, tables);
  return new Problem('LOCK_TIMEOUT', `No lock on ${tables.join(', ')} ${effort}.`, {
    state: RESUMABLE,
    next: 'end the transactions named above, or wait for them; then the same command again',
    details: holders.map(h => `held by pid ${h.pid} (${h.application || 'no name'}) since ${h.age}: ${h.query}`),
    cause,
  });
}

export interface Blocker {
  pid: number;
  application: string;
  age: string;
  query: string;
}

/** Sessions that hold a lock on one of the tables, oldest transaction first. */
export async function blockers(sql: Queryable, tables: readonly string[]): Promise<Blocker[]> {
  return sql<Blocker[]>`
    select distinct a.pid, a.application_name as application, a.xact_start,
           to_char(clock_timestamp() - a.xact_start, 'HH24:MI:SS') as age, left(a.query, 120) as query
      from pg_locks as l
      join pg_stat_activity as a on a.pid = l.pid
     where l.granted and a.pid <> pg_backend_pid() and l.relation in (select to_regclass(t) from unnest(${tables}::text[]) as t)
     order by a.xact_start`;
}
