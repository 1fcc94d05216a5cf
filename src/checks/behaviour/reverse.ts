import { quoteIdentifier as q } from '../../config/names.ts';
import { behaviour } from './behaviour.ts';

export const reverse = behaviour(
  {
    name: 'behaviour.reverse-credits',
    claim: 'reverse_credits gives a charge back in parts, each with its legacy cost, and raises beyond the whole of it',
    why: 'a failed provider has to cost the customer nothing, and the house no more than the charge',
    remedy: 'reverse_credits does not work as installed: see schema.function-bodies',
  },
  async tried => {
    const { pools, key, log } = tried.model;
    const name = 'reverse_credits';
    const types = [key.text, 'bigint', 'bigint'];
    const call = (entry: number, credits: number | null) => [tried.organization, entry, credits];
    await tried.allocate();
    for (const [i, pool] of pools.entries()) {
      await tried.fill(pools.map(() => 10));
      const charged = [tried.organization, pool.name, 4, 'probe'];
      await tried.call('consume_specific_credits', [key.text, 'text', 'bigint', 'text'], charged);
      const { sequence } = await tried.balance();
      tried.expect(`${pool.name}: a part`, await tried.call(name, types, call(sequence, 1)), sequence + 1);
      const { available } = await tried.balance();
      tried.expect(
        `${pool.name}: balances`,
        available,
        pools.map((_, other) => (other === i ? 7 : 10)),
      );
      const [entry] = await tried.query(
        `select ${q(pool.consumed)}::integer as consumed, ${q(pool.after)}::integer as after, legacy_delta::integer as delta
           from ${log.table} where ${q(log.owner)} = $1 and sequence = $2`,
        [tried.organization, sequence + 1],
      );
      tried.expect(`${pool.name}: log entry`, entry && { ...entry }, {
        consumed: -1,
        after: 7,
        delta: pool.legacyValue,
      });
      tried.expect(`${pool.name}: the rest`, await tried.call(name, types, call(sequence, null)), sequence + 2);
      await tried.expectRaised(`${pool.name}: once more`, 'ALREADY_REVERSED', name, types, call(sequence, 1));
    }
    await tried.expectRaised('an allocation', 'UNKNOWN_ENTRY', name, types, call(1, null));
    await tried.expectRaised('unknown organization', 'UNKNOWN_ORGANIZATION', name, types, [tried.unknown, 1, null]);
  },
);
