import { behaviour } from './behaviour.ts';

export const reset = behaviour(
  {
    name: 'behaviour.reset-cycle',
    claim:
      'reset_cycle gives back what the plan gave and keeps unspent top-ups, once a cycle, and goes back to no earlier one',
    why: 'a cycle refilled twice is minted, and paid credits must survive it',
    remedy: 'reset_cycle does not work as installed: see schema.function-bodies',
  },
  async tried => {
    const { pools, key } = tried.model;
    const name = 'reset_cycle';
    const types = [key.text, 'date'];
    const call = (period: string | null) => [tried.organization, period];
    await tried.allocate();
    await tried.fill(pools.map(() => 10));
    for (const pool of pools) {
      const { organization } = tried;
      const four = [key.text, 'text', 'bigint', 'text'];
      await tried.call('top_up_credits', four, [organization, pool.name, 3, `creditshift probe ${pool.name}`]);
      await tried.call('consume_specific_credits', four, [organization, pool.name, 12, 'probe']);
    }
    const entry = await tried.call(name, types, call('9999-12-31'));
    const begun = await tried.balance();
    tried.expect('entry', entry, begun.sequence);
    tried.expect(
      'balances',
      begun.available,
      pools.map(() => 11),
    );
    tried.expect('again', await tried.call(name, types, call('9999-12-31')), entry);
    tried.expect('balances after it', await tried.balance(), begun);
    await tried.expectRaised('an earlier cycle', 'PERIOD_PASSED', name, types, call('9999-12-30'));
    await tried.expectRaised('no cycle', 'INVALID_PERIOD', name, types, call(null));
    await tried.expectRaised('unknown organization', 'UNKNOWN_ORGANIZATION', name, types, [
      tried.unknown,
      '9999-12-31',
    ]);
  },
);
