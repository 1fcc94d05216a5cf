import { behaviour } from './behaviour.ts';

export const getAvailable = behaviour(
  {
    name: 'behaviour.get-available-credits',
    claim: 'get_available_credits answers each pool’s balance, and raises for an unknown pool or organization',
    why: 'the application shows this number to customers',
    remedy: 'get_available_credits does not work as installed: see schema.function-bodies',
  },
  async tried => {
    const { pools, key } = tried.model;
    const name = 'get_available_credits';
    const types = [key.text, 'text'];
    await tried.fill(pools.map((_, i) => 10 + i));
    for (const [i, pool] of pools.entries()) {
      tried.expect(pool.name, await tried.call(name, types, [tried.organization, pool.name]), 10 + i);
    }
    await tried.expectRaised('unknown pool', 'UNKNOWN_POOL', name, types, [tried.organization, 'no such pool']);
    await tried.expectRaised('no pool', 'UNKNOWN_POOL', name, types, [tried.organization, null]);
    await tried.expectRaised('unknown organization', 'UNKNOWN_ORGANIZATION', name, types, [
      tried.unknown,
      pools[0]?.name,
    ]);
  },
);
