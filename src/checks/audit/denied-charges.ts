import { quoteIdentifier as q } from '../../config/names.ts';
import { behaviour } from '../behaviour/behaviour.ts';
import { pricedActions } from '../behaviour/prices.ts';
import type { Probe } from '../behaviour/probe.ts';

export const deniedCharges = behaviour(
  {
    name: 'audit.denied-charges',
    claim:
      'a charge refused for want of credits leaves exactly one row: who, what and why; no number, no key, no amount',
    why: 'support has to see why a customer was refused, and no sum may count it',
    remedy: 'the consume function does not log as installed: see schema.function-bodies',
  },
  async tried => {
    const actions = pricedActions(tried.model).map(({ action }) => action);
    await tried.fill(tried.model.pools.map(() => 0));
    const before = await rows(tried, actions);
    for (const action of actions)
      tried.expectAnswer(action, await tried.consume({ action, key: `creditshift: ${action}` }), {
        success: false,
        code: 'INSUFFICIENT_CREDITS',
      });
    const after = await rows(tried, actions);
    tried.expect('rows left in the log', after.all - before.all, actions.length);
    for (const [i, action] of actions.entries())
      tried.expect(`${action}: refusals as they should be`, (after.refusals[i] ?? 0) - (before.refusals[i] ?? 0), 1);
  },
);

/** How many rows of the log the organization has, and how many of them are whole refusals of each action; one scan. */
async function rows(tried: Probe, actions: readonly string[]): Promise<{ all: number; refusals: number[] }> {
  const { log, pools } = tried.model;
  const refusal = [
    'not success',
    'sequence is null',
    'idempotency_key is null',
    'legacy_delta = 0',
    'quantity = 1',
    `${q(log.outcome)} = 'INSUFFICIENT_CREDITS'`,
    `${q(log.at)} is not null`,
    `${q(log.before)} = ${q(log.after)}`,
    ...[log.consumed, ...pools.map(pool => pool.consumed)].map(column => `${q(column)} = 0`),
  ].join(' and ');
  const ofAction = actions.map((_, i) => `count(*) filter (where ${q(log.action)} = $${i + 2} and ${refusal})`);
  const [row] = await tried.query<{ all: number; refusals: number[] }>(
    `select count(*)::integer as all, json_build_array(${ofAction.join(', ')}) as refusals
       from ${log.table} where ${q(log.owner)} = $1`,
    [tried.organization, ...actions],
  );
  return row ?? { all: 0, refusals: [] };
}
