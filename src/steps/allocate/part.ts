import { withLadder } from '../../database/ladder.ts';
import { Problem } from '../../problems.ts';
import { enter, type Run } from '../run.ts';
import type { Courtesy } from '../throttle.ts';
import { isOfARow, recordFailure, refuseFailures } from './failures.ts';
import type { HeldByPages } from './held.ts';
import { openPace } from './pace.ts';
import { commitPage, nextPage, type Page } from './page.ts';
import { type Part, STEP } from './parts.ts';

/** What the pages of all parts share. */
export interface Work {
  run: Run;
  /** migrations/060_allocate.sql, rendered. */
  statement: string;
  /** Called before each page: waits while the database is busy, throws when the run shall stop. */
  boundary: () => Promise<void>;
  courtesy: Courtesy;
  held: HeldByPages;
  /** Another part failed: this one shall end too. */
  halted: () => boolean;
  /** Told of each committed page. */
  count: (rows: number) => void;
}

/**
 * Allocates a part page by page. A page that fails, or does not get its locks, is halved until it goes through or is the
 * one bad row; that is recorded, and the rest goes on.
 */
export async function allocatePart(work: Work, part: Part): Promise<void> {
  const { run, courtesy } = work;
  const pace = openPace(run.config.batch);
  let at = part;
  while (!work.halted()) {
    await work.boundary();
    const page = await nextPage(run, at, pace.size);
    try {
      const { rows, milliseconds } = await commitPage(work, page, pace.size === 1);
      pace.took(milliseconds, courtesy.target());
      work.count(rows);
      await courtesy.rest(milliseconds);
    } catch (error) {
      const busy = error instanceof Problem && error.code === 'LOCK_TIMEOUT';
      if (!busy && !isOfARow(error)) throw error;
      if (pace.halve()) continue;
      if (busy || page.last) throw error;
      await setAside(run, page, error);
    }
    if (page.last) return;
    at = { ...at, last: page.upto };
  }
}

/** Records the one organization of a page as failed, and takes the checkpoint past it. */
async function setAside(run: Run, { part, upto }: Page, error: unknown): Promise<void> {
  await withLadder(run.sql, [], async tx => {
    await enter(tx, run, STEP);
    await recordFailure(tx, run, upto ?? '', error);
    await tx.unsafe(
      `update creditshift.checkpoints set last_key = $1::${run.model.key} where step = $2 and part = $3`,
      [upto, STEP, part.part],
    );
  });
  await refuseFailures(run.sql);
}
