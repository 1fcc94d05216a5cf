import { randomUUID } from 'node:crypto';
import { behaviour } from './behaviour.ts';
import { firstPriced } from './prices.ts';

export const idempotency = behaviour(
  {
    name: 'behaviour.idempotency',
    claim:
      'a repeated call with its key gets the first answer and charges once; another call with that key is a conflict',
    why: 'clients repeat calls whose answer was lost: each must count once',
    remedy: 'the consume function does not work as installed: see schema.function-bodies',
  },
  async tried => {
    const { action, costs } = firstPriced(tried.model);
    const key = randomUUID();
    await tried.fill(costs.map(() => 0));
    tried.expectAnswer('a refused call', await tried.consume({ action, key }), {
      success: false,
      code: 'INSUFFICIENT_CREDITS',
    });
    await tried.fill(costs.map(cost => 3 * cost));
    const first = await tried.consume({ action, key });
    tried.expectAnswer('its key again, with credits', first, { success: true });
    const charged = await tried.balance();
    tried.expect(
      'balances after it',
      charged.available,
      costs.map(cost => 2 * cost),
    );
    tried.expect('the same call again', await tried.consume({ action, key }), first);
    tried.expectAnswer('the key with another quantity', await tried.consume({ action, key, quantity: 2 }), {
      success: false,
      code: 'IDEMPOTENCY_CONFLICT',
    });
    tried.expect('balances in the end', await tried.balance(), charged);
  },
);
