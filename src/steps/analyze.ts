import { withLadder } from '../database/ladder.ts';
import type { Run } from './run.ts';

/** Fresh statistics for the planner, in a transaction of their own; a table that somebody locks stays as it is. */
export async function analyze(run: Run, tables: readonly string[]): Promise<void> {
  await withLadder(run.sql, tables, tx => tx.unsafe(`analyze (skip_locked) ${tables.join(', ')}`));
}
