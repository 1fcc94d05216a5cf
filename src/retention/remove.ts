import { withLadder } from '../database/ladder.ts';
import { type Blocks, walk } from '../privacy/blocks.ts';
import { Problem, RESUMABLE } from '../problems.ts';
import { telling } from '../steps/locks.ts';
import type { Run } from '../steps/run.ts';
import { courtesyOf } from '../steps/throttle.ts';
import { asRetaining, enterRetention, removePage, STEP } from './page.ts';
import { type Outgoing, outgoing, type Place } from './select.ts';

/** Entries of the first page; each next one has as many as fit its target time, and never more than the last. */
const FIRST = 250;
const MOST = 20_000;

/** Rows of the log: numbered entries, and refusals. */
export interface Rows {
  entries: number;
  refusals: number;
}

/**
 * Removes what goes, page by page: entries in the order of the organizations, then refusals, for which nothing stands.
 * @param total how many rows that will be
 * @throws Problem INVARIANT_BROKEN; INTERRUPTED
 */
export async function removeRows(run: Run, going: Outgoing, total: number): Promise<Rows> {
  const removed: Rows = { entries: 0, refusals: 0 };
  const started = performance.now();
  run.progress({ event: 'step', step: STEP, claim: `what is from before ${going.kept} leaves the log` });
  const tell = () => {
    const rows = removed.entries + removed.refusals;
    const perSecond = rows / ((performance.now() - started) / 1000);
    const secondsLeft = Math.max(0, total - rows) / Math.max(perSecond, 1);
    run.progress({ event: 'rows', step: STEP, rows, total, perSecond, secondsLeft });
  };
  const courtesy = await courtesyOf(run);
  for (let after: Place | null = null, size = FIRST; ; ) {
    await courtesy.pass(STEP);
    if (run.stopping()) throw interrupted();
    const begun = performance.now();
    const page = await removePage(run, going, after, size);
    if (!page) break;
    removed.entries += page.entries;
    tell();
    const took = performance.now() - begun;
    await courtesy.rest(took);
    after = page.last;
    size = Math.max(1, Math.min(2 * size, MOST, Math.floor((size * courtesy.target()) / took)));
  }
  await walk(run, STEP, async range => {
    removed.refusals += await removeRefusals(run, going, range);
    tell();
  });
  const milliseconds = Math.round(performance.now() - started);
  run.progress({ event: 'done', step: STEP, milliseconds, rows: removed.entries + removed.refusals });
  return removed;
}

async function removeRefusals(run: Run, going: Outgoing, { from, before }: Blocks): Promise<number> {
  const log = run.model.log.table.toString();
  const { result } = await withLadder(
    run.sql,
    [log],
    async tx => {
      await enterRetention(tx, run);
      await asRetaining(tx, log);
      const { count } = await tx.unsafe(
        `delete from ${log} as l where l.ctid >= '(${from},0)' and l.ctid < '(${before},0)'
            and not l.success and l.sequence is null and ${outgoing(run.model, going)}`,
      );
      return count;
    },
    telling(run, STEP),
  );
  return result;
}

const interrupted = (): Problem =>
  new Problem('INTERRUPTED', 'Stopped between two pages, as told.', {
    state: `${RESUMABLE} What was removed is in the archive, and its openings stand for it.`,
    next: 'the same command again goes on with what is left, with an archive of that',
  });
