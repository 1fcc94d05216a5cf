import { quoteIdentifier as q } from '../../config/names.ts';
import { behaviour } from './behaviour.ts';

export const consumeSpecific = behaviour(
  {
    name: 'behaviour.consume-specific-credits',
    claim:
      'consume_specific_credits charges one pool, logs it at the pool’s legacy value, and raises instead of overdrawing',
    why: 'it charges without an action, so only its own limits hold it',
    remedy: 'consume_specific_credits does not work as installed: see schema.function-bodies',
  },
  async tried => {
    const { pools, key, log } = tried.model;
    const name = 'consume_specific_credits';
    const types = [key.text, 'text', 'bigint', 'text'];
    const call = (pool: string, credits: number) => [tried.organization, pool, credits, 'probe'];
    for (const [i, pool] of pools.entries()) {
      await tried.fill(pools.map(() => 10));
      tried.expect(pool.name, await tried.call(name, types, call(pool.name, 4)), true);
      const { available, sequence } = await tried.balance();
      tried.expect(
        `${pool.name}: balances`,
        available,
        pools.map((_, other) => (other === i ? 6 : 10)),
      );
      const [entry] = await tried.query(
        `select ${q(pool.consumed)}::integer as consumed, ${q(pool.after)}::integer as after, legacy_delta::integer as delta
             from ${log.table} where ${q(log.owner)} = $1 and sequence = $2`,
        [tried.organization, sequence],
      );
      tried.expect(`${pool.name}: log entry`, entry && { ...entry }, {
        consumed: 4,
        after: 6,
        delta: 0 - 4 * pool.legacyValue,
      });
      tried.expect(`${pool.name}: more than there is`, await tried.call(name, types, call(pool.name, 7)), {
        raised: 'INSUFFICIENT_CREDITS',
        message: `Insufficient ${pool.name} credits. Available: 6, Required: 7`,
      });
    }
    const first = pools[0]?.name ?? '';
    await tried.expectRaised('unknown pool', 'UNKNOWN_POOL', name, types, call('no such pool', 1));
    await tried.expectRaised('0 credits', 'INVALID_QUANTITY', name, types, call(first, 0));
    await tried.expectRaised('unknown organization', 'UNKNOWN_ORGANIZATION', name, types, [
      tried.unknown,
      first,
      1,
      null,
    ]);
  },
);
