import type { Queryable } from '../database/connect.ts';
import { withLadder } from '../database/ladder.ts';
import { Problem, RESUMABLE } from '../problems.ts';
import { telling } from '../steps/locks.ts';
import { enter, type Run } from '../steps/run.ts';
import { asOwner, type Blocks, walk } from './blocks.ts';
import type { Replacement, Subject } from './replacement.ts';

/** What status and pg_stat_activity call it. */
const STEP = 'anonymize';
/** Rows that come, or move, while it is at work may be left by a pass. */
const PASSES = 3;

/** Rows with personal data: entries of the ledger, and rows from before the migration. */
export interface Rows {
  entries: number;
  earlier: number;
}

/** The rows of the subject that still hold personal data. */
export async function personalRows(tx: Queryable, log: string, replacement: Replacement, id: string): Promise<Rows> {
  await asOwner(tx, log);
  const [rows] = await tx.unsafe<Rows[]>(
    `select (count(*) filter (where l.success is not null))::integer as entries,
            (count(*) filter (where l.success is null))::integer as earlier
       from ${log} as l where ${replacement.where}`,
    [id],
  );
  return rows ?? { entries: 0, earlier: 0 };
}

/**
 * Replaces the personal data of a subject, page by page; again from the beginning it finds nothing. A page compares in its own
 * transaction that nothing else of its rows has changed.
 * @returns rows replaced, and those that were left because they came meanwhile
 * @throws Problem INVARIANT_BROKEN where something else would have changed; INTERRUPTED
 */
export async function anonymize(
  run: Run,
  replacement: Replacement,
  subject: Subject,
  expected: Rows,
): Promise<{ replaced: Rows; left: Rows }> {
  const log = run.model.log.table.toString();
  const replaced: Rows = { entries: 0, earlier: 0 };
  const total = expected.entries + expected.earlier;
  const started = performance.now();
  run.progress({ event: 'step', step: STEP, claim: 'personal data of the log is replaced' });
  let left = expected;
  for (let pass = 0; pass < PASSES && left.entries + left.earlier > 0; pass++) {
    await walk(run, STEP, async range => {
      const rows = await replace(run, log, range, replacement, subject.id);
      replaced.entries += rows.entries;
      replaced.earlier += rows.earlier;
      const count = replaced.entries + replaced.earlier;
      const perSecond = count / ((performance.now() - started) / 1000);
      const secondsLeft = Math.max(0, total - count) / Math.max(perSecond, 1);
      run.progress({ event: 'rows', step: STEP, rows: count, total: Math.max(total, count), perSecond, secondsLeft });
    });
    left = (await run.sql.begin('read only', tx => personalRows(tx, log, replacement, subject.id))) as Rows;
  }
  const milliseconds = Math.round(performance.now() - started);
  run.progress({ event: 'done', step: STEP, milliseconds, rows: replaced.entries + replaced.earlier });
  return { replaced, left };
}

/** Replaces what is personal in the rows of some blocks. One transaction. */
async function replace(run: Run, log: string, { from, before }: Blocks, { where, set, rest }: Replacement, id: string) {
  const { result } = await withLadder(
    run.sql,
    [log],
    async tx => {
      await enter(tx, run, STEP);
      await asOwner(tx, log);
      await tx`select set_config('creditshift.anonymizing', pg_current_xact_id()::text, true)`;
      const [page] = await tx.unsafe<(Rows & { differing: number })[]>(
        `with found as materialized (
           select l.ctid as place, ${rest} as rest from ${log} as l
            where l.ctid >= '(${from},0)' and l.ctid < '(${before},0)' and ${where}
         ), changed as (
           update ${log} as l set ${set} from found where l.ctid = found.place
           returning l.success is not null as entry, found.rest is distinct from ${rest} as differs
         )
         select (count(*) filter (where entry))::integer as entries, (count(*) filter (where not entry))::integer as earlier,
                (count(*) filter (where differs))::integer as differing
           from changed`,
        [id],
      );
      if (!page || page.differing > 0) throw broken(page?.differing ?? 0);
      return page;
    },
    telling(run, STEP),
  );
  return result;
}

const broken = (rows: number): Problem =>
  new Problem('INVARIANT_BROKEN', `In ${rows} rows of the log something else would have changed with it.`, {
    state: `${RESUMABLE} The page was rolled back; pages before it are done.`,
    next: 'look for a trigger of yours on the log that writes other columns, and switch it off meanwhile',
  });
