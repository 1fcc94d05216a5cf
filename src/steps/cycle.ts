import { quoteIdentifier } from '../config/names.ts';
import { withLadder } from '../database/ladder.ts';
import { Problem, RESUMABLE } from '../problems.ts';
import { isOfARow } from './allocate/failures.ts';
import { openPace } from './allocate/pace.ts';
import { telling } from './locks.ts';
import { enter, type Run } from './run.ts';
import { courtesyOf } from './throttle.ts';

/** What status and pg_stat_activity call it. */
const STEP = 'cycle';
/** So many failures are no longer single bad rows: the run stops there. */
const MOST = 100;

/** What became of a cycle: organizations for which it began now, and those that could not, with the reason. */
export interface Begun {
  begun: number;
  failed: { organization: string; reason: string }[];
}

/** SQL: whether the organization of the key `organization` has pools and neither this cycle nor a later one. */
export const isDue = (organization: string, day: string): string => `
  (select a.kind from creditshift.allocations as a where a.organization = ${organization} order by a.sequence desc limit 1) <> 'deletion'
  and not exists (select from creditshift.allocations as a
                   where a.organization = ${organization} and a.kind = 'reset' and a.reference collate "C" >= ${day})`;

/**
 * Begins the cycle of a day for all organizations that have pools and not this cycle yet, in pages by key. The ledger is
 * the checkpoint: run again, it goes on with those that it has no reset of.
 * @param total how many there are, for the progress
 * @throws Problem INTERRUPTED, THROTTLED; what was begun is kept
 */
export async function beginCycle(run: Run, day: string, total: number): Promise<Begun> {
  const courtesy = await courtesyOf(run);
  const pace = openPace(run.config.batch);
  const started = performance.now();
  const outcome: Begun = { begun: 0, failed: [] };
  run.progress({ event: 'step', step: STEP, claim: `the cycle of ${day} begins for every organization` });
  for (let last: string | null = null; ; ) {
    await courtesy.pass(STEP);
    if (run.stopping()) throw interrupted(outcome.begun, total);
    const keys = await nextDue(run, day, last, pace.size);
    if (keys.length === 0) break;
    try {
      const milliseconds = await commitPage(run, day, keys);
      outcome.begun += keys.length;
      pace.took(milliseconds, courtesy.target());
      tellRows(run, outcome.begun, total, started);
      await courtesy.rest(milliseconds);
    } catch (error) {
      if ((error as { hint?: string }).hint === 'MAINTENANCE') throw error;
      const busy = error instanceof Problem && error.code === 'LOCK_TIMEOUT';
      if (!busy && !isOfARow(error)) throw error;
      if (pace.halve()) continue;
      if (busy || outcome.failed.length >= MOST) throw error;
      outcome.failed.push({ organization: keys[0] ?? '', reason: (error as Error).message });
    }
    last = keys.at(-1) ?? null;
  }
  run.progress({
    event: 'done',
    step: STEP,
    milliseconds: Math.round(performance.now() - started),
    rows: outcome.begun,
    throttled: courtesy.held(),
    rested: courtesy.rested(),
  });
  return outcome;
}

/** Keys of the next organizations that have not begun it. */
async function nextDue(run: Run, day: string, last: string | null, size: number): Promise<string[]> {
  const { table, owner } = run.model.balances;
  const column = `b.${quoteIdentifier(owner)}`;
  const rows = await run.sql.unsafe<{ key: string }[]>(
    `select ${column}::text as key from ${table} as b
      where ($1::${run.model.key} is null or ${column} > $1) and ${isDue(column, '$2')}
      order by ${column} limit $3`,
    [last, day, size],
  );
  return rows.map(row => row.key);
}

/** One transaction; returns the milliseconds that its rows were locked at most. */
async function commitPage(run: Run, day: string, keys: readonly string[]): Promise<number> {
  const { timing } = await withLadder(
    run.sql,
    [run.model.balances.table.toString()],
    async tx => {
      await enter(tx, run, STEP);
      await tx.unsafe(
        `select count(${quoteIdentifier(run.model.functions.home)}.reset_cycle(o.key, $1::date))
           from unnest($2::text[]::${run.model.key}[]) as o (key)`,
        [day, [...keys]],
      );
    },
    telling(run, STEP),
  );
  return timing.held;
}

function tellRows(run: Run, rows: number, total: number, started: number): void {
  const perSecond = rows / ((performance.now() - started) / 1000);
  const secondsLeft = Math.max(0, total - rows) / Math.max(perSecond, 1);
  run.progress({ event: 'rows', step: STEP, rows, total: Math.max(total, rows), perSecond, secondsLeft });
}

const interrupted = (begun: number, total: number) =>
  new Problem('INTERRUPTED', `Stopped between two pages, as told: the cycle began for ${begun} of ${total}.`, {
    state: RESUMABLE,
    next: 'the same command again goes on with the others',
  });
