import { withLadder } from '../database/ladder.ts';
import type { Run } from './run.ts';
import { courtesyOf } from './throttle.ts';

/** Fresh statistics for the planner, a transaction and a rest a table; one that somebody locks stays as it is. */
export async function analyze(run: Run, tables: readonly string[]): Promise<void> {
  const courtesy = await courtesyOf(run);
  for (const table of tables) {
    const { timing } = await withLadder(run.sql, [table], tx => tx.unsafe(`analyze (skip_locked) ${table}`));
    await courtesy.rest(timing.held);
  }
}
