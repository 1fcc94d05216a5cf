import { setTimeout as pause } from 'node:timers/promises';
import { sqlstate } from '../database/errors.ts';
import { findBuild, type WantedIndex } from '../database/indexes.ts';
import { type Ladder, lockTimeout } from '../database/ladder.ts';
import { type Blocker, type TableLock, waitsFor } from '../database/locks.ts';
import { reserve } from '../database/reserve.ts';
import { Problem, RESUMABLE } from '../problems.ts';
import type { Run } from './run.ts';

/** Milliseconds between two looks at a build. */
const LOOK = 500;

/**
 * Builds an index, which no transaction may hold, on a connection of its own, each of its waits bounded by the ladder.
 * Meanwhile what the server tells of it is looked up from another connection, which holds nothing between two looks.
 * @returns milliseconds it took
 * @throws Problem INTERRUPTED when the run was asked to stop: the build is cancelled
 * @throws Problem LOCK_TIMEOUT naming whom it waited for last
 */
export async function buildConcurrently(
  run: Run,
  step: string,
  index: WantedIndex,
  { lockTimeout: patience }: Ladder,
): Promise<number> {
  const connection = await reserve(run.sql);
  let seen: readonly Blocker[] = [];
  try {
    const [session] = await connection<{ pid: number }[]>`
      select pg_backend_pid() as pid, set_config('statement_timeout', '0', false),
             set_config('lock_timeout', ${String(patience)}, false),
             set_config('application_name', ${`creditshift ${run.id.slice(0, 8)} ${step}`}, false)`;
    const pid = session?.pid ?? 0;
    const started = performance.now();
    const ended = connection.unsafe(index.statement).then(() => true);
    // It may fail while a look is under way; the race below sees it then.
    ended.catch(() => {});
    do {
      seen = await tellBuild(run, step, index, pid).catch(() => seen);
      if (run.stopping()) await run.sql`select pg_cancel_backend(${pid})`;
    } while (!(await Promise.race([ended, pause(LOOK, false)])));
    return performance.now() - started;
  } catch (error) {
    const code = sqlstate(error) ?? '';
    if (code === '57014' && run.stopping()) throw interrupted(index, error);
    if (code === '55P03' || code === '40P01')
      throw lockTimeout([lockOn(index)], `for ${patience / 1000} s`, seen, error);
    throw error;
  } finally {
    // A lost connection has nothing to reset.
    await connection`reset all`.catch(() => {});
    connection.release();
  }
}

/**
 * Waits for a build that a dead run left running, looking now and then: to queue for its lock would deadlock with it.
 * @throws Problem INTERRUPTED when the run was asked to stop
 */
export async function waitForBuild(run: Run, step: string, index: WantedIndex): Promise<void> {
  for (let told = false; ; told = true) {
    const build = await findBuild(run.sql, index.name, index.table);
    if (!build) return;
    if (!told) {
      const text = `${index.name} is being built by pid ${build.pid} (${build.application}); waiting for it`;
      run.progress({ event: 'note', text });
    }
    await tellBuild(run, step, index, build.pid);
    if (run.stopping()) throw interrupted(index);
    await pause(LOOK);
  }
}

/** Tells how far a build is, and whom the session waits for. */
async function tellBuild(run: Run, step: string, index: WantedIndex, pid: number): Promise<Blocker[]> {
  const build = await findBuild(run.sql, index.name, index.table);
  const by = await waitsFor(run.sql, [pid]);
  if (build) {
    const { phase, blocks, blocksTotal } = build;
    run.progress({ event: 'index', step, index: index.name, phase, blocks, blocksTotal, waitsFor: by });
  } else if (by.length > 0) {
    run.progress({ event: 'blocked', step, try: 1, by });
  }
  return by;
}

/** The table lock that a build takes. */
export const lockOn = ({ table }: WantedIndex): TableLock => ({
  table: table.toString(),
  mode: 'SHARE UPDATE EXCLUSIVE',
});

function interrupted(index: WantedIndex, cause?: unknown): Problem {
  return new Problem('INTERRUPTED', `Stopped while ${index.name} was being built, as asked.`, {
    state: RESUMABLE,
    next: 'creditshift migrate   builds what is missing',
    cause,
  });
}
