import { behaviour } from './behaviour.ts';
import { pricedActions } from './prices.ts';

export const exhaustion = behaviour(
  {
    name: 'behaviour.exhaustion',
    claim: 'an action can be used to the last credit; one more is refused and changes no balance',
    why: 'an off-by-one gives credits away, or keeps the last one back',
    remedy: 'the consume function does not work as installed: see schema.function-bodies',
  },
  async tried => {
    const { pools } = tried.model;
    for (const { action, costs } of pricedActions(tried.model)) {
      await tried.fill(costs.map(cost => 2 * cost));
      tried.expectAnswer(`${action}: the last credits`, await tried.consume({ action, quantity: 2 }), {
        success: true,
      });
      const empty = await tried.balance();
      tried.expect(
        `${action}: balance then`,
        empty.available,
        costs.map(() => 0),
      );
      const short = costs.findIndex(cost => cost > 0);
      tried.expectAnswer(`${action}: one more`, await tried.consume({ action }), {
        success: false,
        error: `Insufficient ${pools[short]?.label} credits`,
        required: costs[short],
        available: 0,
        code: 'INSUFFICIENT_CREDITS',
      });
      tried.expect(`${action}: balance after the refusal`, await tried.balance(), empty);
    }
  },
);
