import type { Transaction } from '../database/connect.ts';
import { findIndex, type WantedIndex, wantedDefinition } from '../database/indexes.ts';
import { type Ladder, withLadder } from '../database/ladder.ts';
import type { HeldLock } from '../database/locks.ts';
import { Problem, RESUMABLE } from '../problems.ts';
import { buildConcurrently, lockOn, waitForBuild } from './concurrent.ts';
import { telling } from './locks.ts';
import { enter, type Run } from './run.ts';
import { statementsOf } from './step.ts';

const STEP = '080_index';

/** A build stops nobody while it waits for older transactions, so each wait may be long; a try in vain is a lost scan. */
export const BUILD_LADDER: Ladder = { lockTimeout: 30 * 60_000, tries: 2 };

/**
 * Builds each index concurrently, alone and outside any transaction. It counts as done when it is valid, ready and
 * defined as the statement says. What a dead run left building is waited for; what one left broken is removed.
 * @throws Problem LOCK_TIMEOUT naming whom it waited for; STATE_CONFLICT for another index of that name
 */
export async function buildIndexes(
  run: Run,
  sql: string,
  ladder = BUILD_LADDER,
): Promise<{ indexes: number; locks: HeldLock[] }> {
  const locks: HeldLock[] = [];
  const statements = statementsOf(sql);
  for (const statement of statements) {
    const index = wantedIndex(run, statement);
    const milliseconds = Math.round(await buildIndex(run, index, ladder));
    locks.push({ ...lockOn(index), milliseconds });
  }
  return { indexes: statements.length, locks: longestOf(locks) };
}

function wantedIndex(run: Run, statement: string): WantedIndex {
  const name = /index concurrently (\S+)/.exec(statement)?.[1]?.replaceAll('"', '');
  const { log, balances } = run.model;
  const table = [log.table, balances.table].find(t => statement.includes(` on ${t} `));
  if (!name || !table) throw new Error(`not an index of the log or the balances: ${statement}`);
  return { name, table, statement };
}

/** Returns milliseconds of the build; 0 where the index was there. */
async function buildIndex(run: Run, index: WantedIndex, ladder: Ladder): Promise<number> {
  const definition = await wantedDefinition(run.sql, index);
  let milliseconds = 0;
  for (let attempt = 1; ; attempt++) {
    await waitForBuild(run, STEP, index);
    const found = await findIndex(run.sql, index.name, index.table);
    if (found?.sound) {
      requireDefinition(index, found.definition, definition);
      return milliseconds;
    }
    if (attempt > ladder.tries) throw new Error(`${index.name} was built and is not valid`);
    if (found) await removeBroken(run, index);
    try {
      milliseconds = await buildConcurrently(run, STEP, index, ladder);
    } catch (error) {
      // What a failed build leaves goes on checking and slowing every write.
      const left = await findIndex(run.sql, index.name, index.table).catch(() => undefined);
      if (left && !left.sound) await removeBroken(run, index).catch(() => {});
      again(error, attempt, ladder);
    }
  }
}

/** Returns where it was a lock that was not to be had, and a try is left. */
function again(error: unknown, attempt: number, ladder: Ladder): void {
  if (error instanceof Problem && error.code === 'LOCK_TIMEOUT' && attempt < ladder.tries) return;
  throw error;
}

/** In a fenced transaction, since a run that was taken over must not drop what the other one has built meanwhile. */
async function removeBroken(run: Run, index: WantedIndex): Promise<void> {
  const lock = { table: index.table.toString(), mode: 'ACCESS EXCLUSIVE' };
  const removal = async (tx: Transaction) => {
    await enter(tx, run, STEP);
    const found = await findIndex(tx, index.name, index.table);
    if (!found || found.sound) return;
    run.progress({ event: 'note', text: `${index.name} is left from a build that failed: it is removed` });
    await tx.unsafe(`drop index ${found.identity}`);
  };
  await withLadder(run.sql, [lock], removal, telling(run, STEP));
}

/** For each table the longest that one build held its lock. */
function longestOf(locks: readonly HeldLock[]): HeldLock[] {
  const sorted = locks.toSorted((a, b) => b.milliseconds - a.milliseconds);
  return sorted.filter((lock, i) => sorted.findIndex(other => other.table === lock.table) === i);
}

function requireDefinition(index: WantedIndex, found: string, wanted: string): void {
  if (found === wanted) return;
  throw new Problem('STATE_CONFLICT', `There is an index ${index.name} on ${index.table}, but another one.`, {
    state: RESUMABLE,
    next: 'rename or drop it; then creditshift migrate builds the one that is wanted',
    details: [`is:     ${found}`, `wanted: ${wanted}`],
  });
}
