import { behaviour } from './behaviour.ts';
import { firstPriced, price } from './prices.ts';
import type { Call } from './probe.ts';

export const refusals = behaviour(
  {
    name: 'behaviour.refusals',
    claim:
      'an unknown action or organization, a bad quantity and an unpriced action are refused by code, and change and log nothing',
    why: 'callers decide by the code, and a refusal must leave no trace in a balance',
    remedy: 'the consume function does not work as installed: see schema.function-bodies',
  },
  async tried => {
    const { model, unknown } = tried;
    const { action } = firstPriced(model);
    const refused = async (what: string, call: Call, code: string) => {
      tried.expectAnswer(what, await tried.consume(call), { success: false, code });
    };
    await tried.fill(model.pools.map(() => 1000));
    const before = [await tried.balance(), await tried.refusals()];
    await refused('unknown action', { action: 'creditshift: no such action' }, 'UNKNOWN_ACTION');
    await refused('no action', { action: null }, 'UNKNOWN_ACTION');
    await refused('unknown organization', { action, organization: unknown }, 'UNKNOWN_ORGANIZATION');
    for (const quantity of [null, 0, -1])
      await refused(`quantity ${quantity}`, { action, quantity }, 'INVALID_QUANTITY');
    const quantityType = model.functions.consume.parameters.find(p => p.name === model.functions.consume.quantity)?.type
      .text;
    if (quantityType === 'integer' && model.poolType.text === 'integer') {
      await price(
        tried,
        action,
        model.pools.map(() => 2),
      );
      await refused('quantity 2147483647', { action, quantity: 2_147_483_647 }, 'QUANTITY_OVERFLOW');
    }
    await price(
      tried,
      action,
      model.pools.map(() => 0),
    );
    await refused('an action without a price', { action }, 'UNPRICED_ACTION');
    tried.expect('balance and refusals logged', [await tried.balance(), await tried.refusals()], before);
  },
);
