import { quoteIdentifier as q } from '../../config/names.ts';
import { behaviour } from '../behaviour/behaviour.ts';
import { pricedActions } from '../behaviour/prices.ts';
import type { Probe } from '../behaviour/probe.ts';

export const deniedCharges = behaviour(
  {
    name: 'audit.denied-charges',
    claim:
      'a charge refused for want of credits leaves exactly one row: who, what and why; no number, no key, no amount',
    remedy: 'the consume function does not log as installed: see schema.function-bodies',
  },
  async tried => {
    await tried.fill(tried.model.pools.map(() => 0));
    for (const { action } of pricedActions(tried.model)) {
      const before = await rows(tried, action);
      tried.expectAnswer(action, await tried.consume({ action, key: `creditshift: ${action}` }), {
        success: false,
        code: 'INSUFFICIENT_CREDITS',
      });
      const { all, refusals } = await rows(tried, action);
      tried.expect(`${action}: rows left in the log`, all - before.all, 1);
      tried.expect(`${action}: of them refusals as they should be`, refusals - before.refusals, 1);
    }
  },
);

/** How many rows of the log the organization has, and how many of them are whole refusals of one of an action. */
async function rows(tried: Probe, action: string) {
  const { log, pools } = tried.model;
  const refusal = [
    'not success',
    'sequence is null',
    'idempotency_key is null',
    'legacy_delta = 0',
    'quantity = 1',
    `${q(log.action)} = $2`,
    `${q(log.outcome)} = 'INSUFFICIENT_CREDITS'`,
    `${q(log.at)} is not null`,
    `${q(log.before)} = ${q(log.after)}`,
    ...[log.consumed, ...pools.map(pool => pool.consumed)].map(column => `${q(column)} = 0`),
  ];
  const [row] = await tried.query<{ all: number; refusals: number }>(
    `select count(*)::integer as all, (count(*) filter (where ${refusal.join(' and ')}))::integer as refusals
       from ${log.table} where ${q(log.owner)} = $1`,
    [tried.organization, action],
  );
  return row ?? { all: 0, refusals: 0 };
}
