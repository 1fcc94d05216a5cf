import type { Queryable } from '../database/connect.ts';
import { Problem, RESUMABLE } from '../problems.ts';
import type { Run } from '../steps/run.ts';
import { courtesyOf } from '../steps/throttle.ts';

/** Blocks of the first page; each next one has as many as fit its target time. */
const FIRST = 64;

/** A range of blocks of a table: from the first, before the last. */
export interface Blocks {
  from: number;
  before: number;
}

/**
 * Hands the log to `body` range by range, with rests for clients: it has no key that all of its rows have.
 * @param step what status and pg_stat_activity call it
 * @throws Problem INTERRUPTED
 */
export async function walk(run: Run, step: string, body: (range: Blocks) => Promise<void>): Promise<void> {
  const courtesy = await courtesyOf(run);
  const [log] = await run.sql<{ blocks: number }[]>`
    select (pg_relation_size(${run.model.log.table.toString()}::regclass) / current_setting('block_size')::integer)::integer as blocks`;
  for (let from = 0, size = FIRST; from < (log?.blocks ?? 0); ) {
    await courtesy.pass(step);
    if (run.stopping()) throw interrupted();
    const started = performance.now();
    await body({ from, before: from + size });
    const took = performance.now() - started;
    await courtesy.rest(took);
    from += size;
    size = Math.max(1, Math.min(2 * size, Math.floor((size * courtesy.target()) / took)));
  }
}

/** Becomes the log's owner until the transaction ends: the only one whom the log lets replace anything. */
export async function asOwner(tx: Queryable, log: string): Promise<void> {
  await tx`select set_config('role', pg_get_userbyid(relowner), true) from pg_class where oid = ${log}::regclass`;
  // Rows that row security would hide are an error, not fewer rows.
  await tx`set local row_security = off`;
}

const interrupted = (): Problem =>
  new Problem('INTERRUPTED', 'Stopped between two pages, as told.', {
    state: `${RESUMABLE} What was done stays so.`,
    next: 'the same command again goes on with what is left',
  });
