import type { Run } from '../run.ts';
import { STEP } from './parts.ts';

/** Counts organizations over all parts and runs, and tells how far they are. */
export async function openCounter(run: Run): Promise<{ count: (rows: number) => void; rows: () => number }> {
  const [row] = await run.sql<{ before: number; expected: number }[]>`
    select (select coalesce(sum(rows), 0)::bigint from creditshift.checkpoints where step = ${STEP}) as before,
           greatest(reltuples, 0)::bigint as expected
      from pg_class where oid = ${run.model.balances.table.toString()}::regclass`;
  const { before = 0, expected = 0 } = row ?? {};
  const started = performance.now();
  let counted = 0;
  return {
    rows: () => before + counted,
    count: more => {
      counted += more;
      const rows = before + counted;
      const total = Math.max(expected, rows);
      const perSecond = counted / ((performance.now() - started) / 1000);
      run.progress({ event: 'rows', step: STEP, rows, total, perSecond, secondsLeft: (total - rows) / perSecond });
    },
  };
}
