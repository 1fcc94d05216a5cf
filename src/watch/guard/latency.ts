import { rolledBack } from '../../checks/isolation.ts';
import { chargeTimings } from '../../checks/performance/charge.ts';
import { percentiles, warmOf } from '../../checks/performance/measured.ts';
import { readAfterCutover, readUpdates } from '../../checks/performance/updates.ts';
import { buildModel, type Model } from '../../config/model.ts';
import type { Queryable, Sql } from '../../database/connect.ts';
import { readState } from '../../database/state.ts';
import { phaseOf } from '../../steps/phase.ts';
import { journal, type Run } from '../../steps/run.ts';

/** Charges of one measurement after the first, which fills the session's caches; their median counts. */
const CHARGES = 5;
/** After which none is made any more: fewer tell enough then. */
const SECONDS = 5;

/**
 * Milliseconds that a charge takes in the server, without network and commit, measured in a transaction that is rolled back.
 * @throws ChargeFailed
 */
export const chargeLatency = (sql: Sql, model: Model): Promise<number> =>
  rolledBack(sql, async tx => percentiles(warmOf(await chargeTimings(tx, model, 1 + CHARGES, SECONDS))).p50);

/** Measures right after the cutover and journals what guard compares with; what cannot be measured is told, no more. */
export async function recordBaseline(run: Run): Promise<void> {
  try {
    const state = await readState(run.sql);
    if (!state) return;
    const model = buildModel(state.config, state.facts, phaseOf(state));
    const milliseconds = await chargeLatency(run.sql, model);
    await journal(run.sql, run, 'baseline', { milliseconds, ...(await readUpdates(run.sql, model)) });
  } catch (error) {
    run.progress({ event: 'note', text: `no baseline for guard: ${(error as Error).message}` });
  }
}

/** The baseline of the last cutover, in milliseconds; undefined where none was recorded. */
export const readBaseline = async (sql: Queryable): Promise<number | undefined> =>
  (await readAfterCutover(sql))?.milliseconds;
