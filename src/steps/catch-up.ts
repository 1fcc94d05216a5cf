import { CUTOVER_LADDER, withLadder } from '../database/ladder.ts';
import { refuseFailures } from './allocate/failures.ts';
import { analyze } from './analyze.ts';
import { telling } from './locks.ts';
import { enter, type Run } from './run.ts';
import { stopHere } from './stop.ts';
import { courtesyOf } from './throttle.ts';

/** Organizations served in one transaction of the catch-up. */
const PAGE = 200;

/** Where a pass stands: everything up to `last` was looked at, none of it older than `horizon`. */
interface Pass {
  horizon: string | null;
  last: string | null;
  served: number;
}

/**
 * Allocates again what changed since its page, pass after pass, until one is so short that the cutover can do the like of
 * it under its lock.
 * @throws Problem ALLOCATION_FAILED naming organizations that could not be allocated
 */
export async function catchUp(run: Run): Promise<void> {
  await analyze(run, ['creditshift.legacy_writes']);
  for (let passes = 0, served = PAGE; served >= PAGE; passes++) {
    // The first pass has the most and gives way to clients; the next ones must be quicker than they are.
    served = await passOnce(run, passes === 0);
  }
  await refuseFailures(run.sql, 0);
}

/**
 * Looks once at all organizations with legacy writes since the last pass. Transactions older than the xmin that its first
 * page saw have ended, so the next pass begins there and misses nothing.
 */
async function passOnce(run: Run, givesWay: boolean): Promise<number> {
  const courtesy = givesWay ? await courtesyOf(run) : undefined;
  let pass: Pass = { horizon: null, last: null, served: 0 };
  for (;;) {
    await courtesy?.pass('catch-up');
    stopHere(run, 'in the catch-up before the cutover');
    const started = performance.now();
    const page = await takePage(run, pass);
    await courtesy?.rest(performance.now() - started);
    await refuseFailures(run.sql);
    pass = { ...page, served: pass.served + page.served };
    if (page.served < PAGE) return pass.served;
  }
}

async function takePage(run: Run, { horizon, last }: Pass): Promise<Pass> {
  const { result } = await withLadder(
    run.sql,
    [run.model.balances.table.toString()],
    async tx => {
      await enter(tx, run, 'catch-up');
      const [now] = await tx<{ xmin: string }[]>`select pg_snapshot_xmin(pg_current_snapshot())::text as xmin`;
      const since = horizon ?? now?.xmin ?? '0';
      const [page] = await tx.unsafe<{ served: number; last: string | null }[]>(
        `select served, last_key::text as last
           from creditshift.catch_up((select caught_up from creditshift.control), $1::${run.model.key}, ${PAGE})`,
        [last],
      );
      const served = page?.served ?? 0;
      if (served < PAGE) await tx`update creditshift.control set caught_up = ${since}::text::xid8`;
      return { horizon: since, last: page?.last ?? null, served };
    },
    telling(run, 'catch-up', CUTOVER_LADDER),
  );
  return result;
}
