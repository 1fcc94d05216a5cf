import { firstPriced } from '../../checks/behaviour/prices.ts';
import { type Probe, probe } from '../../checks/behaviour/probe.ts';
import { rolledBack } from '../../checks/isolation.ts';
import { buildModel, type Model } from '../../config/model.ts';
import type { Queryable, Sql } from '../../database/connect.ts';
import { sqlstate } from '../../database/errors.ts';
import { readState } from '../../database/state.ts';
import { phaseOf } from '../../steps/phase.ts';
import { journal, type Run } from '../../steps/run.ts';

/** Charges of one measurement after the first, which fills the session's caches; their median counts. */
const CHARGES = 5;

/** A charge that the functions did not take although there was credit for it: a fault of theirs. */
export class ChargeFailed extends Error {}

/**
 * Milliseconds that a charge takes in the server, without network and commit, measured in a transaction that is rolled back.
 * @throws ChargeFailed
 */
export function chargeLatency(sql: Sql, model: Model): Promise<number> {
  return rolledBack(sql, async tx => {
    const times: number[] = [];
    await probe({ sql: tx, model }, async tried => {
      await tried.fill(firstPriced(model).costs.map(cost => cost * (CHARGES + 1)));
      for (let n = 0; n <= CHARGES; n++) times.push(await timedCharge(tried));
    });
    const sorted = times.slice(1).sort((a, b) => a - b);
    return Math.round((sorted[Math.floor(CHARGES / 2)] ?? 0) * 1000) / 1000;
  });
}

async function timedCharge(tried: Probe): Promise<number> {
  const { text, values } = tried.callOf({ action: firstPriced(tried.model).action });
  const [row] = await tried
    .query<{ milliseconds: number; answer: { success?: boolean; code?: string } }>(
      `select 1000 * extract(epoch from clock_timestamp() - c.started)::double precision as milliseconds, c.answer
         from (select s.started, ${text} as answer
                 from (select clock_timestamp() as started offset 0) as s offset 0) as c`,
      values,
    )
    .catch(error => {
      const state = sqlstate(error);
      // A lock, a resource or a shutdown: not the function's.
      if (state === undefined || /^(08|40|53|55|57)/.test(state)) throw error;
      throw new ChargeFailed((error as Error).message, { cause: error });
    });
  if (row?.answer?.success !== true) throw new ChargeFailed(`it was answered ${JSON.stringify(row?.answer)}`);
  return row.milliseconds;
}

/** Measures right after the cutover and journals what guard compares with; what cannot be measured is told, no more. */
export async function recordBaseline(run: Run): Promise<void> {
  try {
    const state = await readState(run.sql);
    if (!state) return;
    const milliseconds = await chargeLatency(run.sql, buildModel(state.config, state.facts, phaseOf(state)));
    await journal(run.sql, run, 'baseline', { milliseconds });
  } catch (error) {
    run.progress({ event: 'note', text: `no baseline for guard: ${(error as Error).message}` });
  }
}

/** The baseline of the last cutover, in milliseconds; undefined where none was recorded. */
export async function readBaseline(sql: Queryable): Promise<number | undefined> {
  const [row] = await sql<{ milliseconds: number }[]>`
    select (data ->> 'milliseconds')::double precision as milliseconds from creditshift.journal as b
     where event = 'baseline'
       and not exists (select from creditshift.journal as c
                        where c.position > b.position and c.event = 'step' and c.data ->> 'step' = '090_cutover')
     order by position desc limit 1`;
  return row?.milliseconds;
}
