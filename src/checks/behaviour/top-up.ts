import { behaviour } from './behaviour.ts';

export const topUp = behaviour(
  {
    name: 'behaviour.top-up-credits',
    claim: 'top_up_credits adds paid credits to one pool, once a payment, at the pool’s legacy value',
    why: 'a payment that counts twice is minted, one that does not count is a complaint',
    remedy: 'top_up_credits does not work as installed: see schema.function-bodies',
  },
  async tried => {
    const { pools, key } = tried.model;
    const name = 'top_up_credits';
    const types = [key.text, 'text', 'bigint', 'text'];
    const call = (pool: string, credits: number, payment: string | null) => [
      tried.organization,
      pool,
      credits,
      payment,
    ];
    await tried.allocate();
    await tried.fill(pools.map(() => 10));
    for (const pool of pools) {
      const payment = `creditshift probe ${pool.name}`;
      const entry = await tried.call(name, types, call(pool.name, 5, payment));
      const paid = await tried.balance();
      tried.expect(`${pool.name}: entry`, entry, paid.sequence);
      tried.expect(
        `${pool.name}: balances`,
        paid.available,
        pools.map(({ position }) => (position <= pool.position ? 15 : 10)),
      );
      const [row] = await tried.query(
        'select legacy_delta::integer as delta from creditshift.allocations where organization = $1 and sequence = $2',
        [tried.organization, paid.sequence],
      );
      tried.expect(`${pool.name}: legacy value`, row && { ...row }, { delta: 5 * pool.legacyValue });
      tried.expect(`${pool.name}: again`, await tried.call(name, types, call(pool.name, 5, payment)), entry);
      tried.expect(`${pool.name}: balances after it`, await tried.balance(), paid);
      const other = call(pool.name, 6, payment);
      await tried.expectRaised(`${pool.name}: another`, 'IDEMPOTENCY_CONFLICT', name, types, other);
    }
    const first = pools[0]?.name ?? '';
    await tried.expectRaised('unknown pool', 'UNKNOWN_POOL', name, types, call('no such pool', 1, 'probe'));
    await tried.expectRaised('0 credits', 'INVALID_QUANTITY', name, types, call(first, 0, 'probe'));
    await tried.expectRaised('no payment', 'INVALID_REFERENCE', name, types, call(first, 1, null));
    await tried.expectRaised('unknown organization', 'UNKNOWN_ORGANIZATION', name, types, [
      tried.unknown,
      first,
      1,
      'probe',
    ]);
  },
);
