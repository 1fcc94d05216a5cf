import { behaviour } from './behaviour.ts';
import { firstPriced, price } from './prices.ts';

export const multiPool = behaviour(
  {
    name: 'behaviour.multi-pool',
    claim: 'an action that charges several pools charges all of them or none, and names the first one short',
    why: 'half a charge is a loss for one side',
    remedy: 'the consume function does not work as installed: see schema.function-bodies',
  },
  async tried => {
    const { pools } = tried.model;
    const { action } = firstPriced(tried.model);
    const costs = pools.map((_, i) => i + 1);
    await price(tried, action, costs);
    await tried.fill(pools.map(() => 100));
    tried.expectAnswer('charging every pool', await tried.consume({ action }), {
      success: true,
      consumed: Object.fromEntries(pools.map((pool, i) => [pool.name, costs[i]])),
    });
    tried.expect(
      'balances after it',
      (await tried.balance()).available,
      costs.map(cost => 100 - cost),
    );
    for (const [short, pool] of pools.entries()) {
      // The pools after this one are short too: the first in configured order is named.
      await tried.fill(pools.map((_, i) => (i < short ? 100 : 0)));
      const before = await tried.balance();
      tried.expectAnswer(`${pool.name} short`, await tried.consume({ action }), {
        success: false,
        error: `Insufficient ${pool.label} credits`,
        required: costs[short],
        available: 0,
      });
      tried.expect(`balances with ${pool.name} short`, await tried.balance(), before);
    }
  },
);
