import { CUTOVER_LADDER, withLadder } from '../database/ladder.ts';
import { telling } from './locks.ts';
import { enter, type Run } from './run.ts';

/** Organizations served in one transaction of the catch-up. */
const PAGE = 200;

/**
 * Allocates again what changed since its page, until so little is left that the cutover can do it under its lock.
 * Transactions older than the snapshot's xmin have ended, so the next look begins there and misses nothing.
 */
export async function catchUp(run: Run): Promise<number> {
  let served = 0;
  for (;;) {
    const { result } = await withLadder(
      run.sql,
      [run.model.balances.table.toString()],
      async tx => {
        await enter(tx, run, 'catch-up');
        const [horizon] = await tx<{ xmin: string }[]>`select pg_snapshot_xmin(pg_current_snapshot())::text as xmin`;
        const [page] = await tx<{ rows: number }[]>`
          select creditshift.catch_up((select caught_up from creditshift.control), ${PAGE}) as rows`;
        const rows = page?.rows ?? 0;
        if (rows < PAGE) await tx`update creditshift.control set caught_up = ${horizon?.xmin ?? '0'}::text::xid8`;
        return rows;
      },
      telling(run, 'catch-up', CUTOVER_LADDER),
    );
    served += result;
    if (result < PAGE) return served;
  }
}
