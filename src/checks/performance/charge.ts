import type { Model } from '../../config/model.ts';
import type { Transaction } from '../../database/connect.ts';
import { sqlstate } from '../../database/errors.ts';
import { timings } from '../../database/timings.ts';
import { firstPriced } from '../behaviour/prices.ts';
import { probe } from '../behaviour/probe.ts';

/** A charge that the functions did not take although there was credit for it: a fault of theirs. */
export class ChargeFailed extends Error {}

/**
 * Milliseconds of so many charges by the consume function, for an organization that was idle for long; the caller's
 * transaction is rolled back.
 * @param seconds after which no further one is made
 * @throws ChargeFailed
 */
export async function chargeTimings(
  tx: Transaction,
  model: Model,
  samples: number,
  seconds: number,
): Promise<number[]> {
  let milliseconds: number[] = [];
  await probe({ sql: tx, model }, async tried => {
    const { action, costs } = firstPriced(model);
    await tried.fill(costs);
    const statement = `select ${tried.literalCall({ action })} as answer`;
    const timed = await timings(tx, { statement }, samples, seconds).catch(error => {
      const state = sqlstate(error);
      // A lock, a resource or a shutdown: not the function's.
      if (state === undefined || /^(08|40|53|55|57)/.test(state)) throw error;
      throw new ChargeFailed((error as Error).message, { cause: error });
    });
    const answer = timed.answer.answer as { success?: boolean } | null;
    if (answer?.success !== true) throw new ChargeFailed(`it was answered ${JSON.stringify(answer)}`);
    milliseconds = timed.milliseconds;
  });
  return milliseconds;
}
