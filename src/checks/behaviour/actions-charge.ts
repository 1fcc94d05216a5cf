import { quoteIdentifier as q } from '../../config/names.ts';
import { behaviour } from './behaviour.ts';
import type { Catalogued, Probe } from './probe.ts';

/** What is left of every pool after the charge. */
const LEFT = 1000;

export const actionsCharge = behaviour(
  {
    name: 'behaviour.actions-charge',
    claim: 'one unit of every catalogued action charges exactly its price, logs it, and answers so',
    why: 'it is what every click of a customer costs',
    remedy: 'a price was changed past the configuration, or a function does not work: see schema.function-bodies',
  },
  async tried => {
    for (const entry of tried.model.catalogue) await chargeOnce(tried, entry);
  },
);

async function chargeOnce(tried: Probe, { action, required }: Catalogued): Promise<void> {
  const pools = tried.model.pools.map((pool, i) => ({ pool, cost: required[i]?.value ?? 0 }));
  await tried.fill(pools.map(({ cost }) => cost + LEFT));
  const before = await tried.balance();
  const answer = await tried.consume({ action });
  const after = await tried.balance();
  const charged = pools.filter(({ cost }) => cost > 0);
  if (charged.length === 0) return tried.expectAnswer(action, answer, { success: false, code: 'UNPRICED_ACTION' });

  const sequence = before.sequence + 1;
  const byPool = (amount: (cost: number) => number) =>
    Object.fromEntries(charged.map(({ pool, cost }) => [pool.name, amount(cost)]));
  tried.expectAnswer(`${action}: answer`, answer, {
    success: true,
    consumed: byPool(cost => cost),
    remaining: byPool(() => LEFT),
    entry: sequence,
  });
  tried.expect(`${action}: balances`, after, { available: pools.map(() => LEFT), sequence });
  const sum = charged.reduce((total, { cost }) => total + cost, 0);
  tried.expect(`${action}: log entry`, await logEntry(tried, sequence), {
    action,
    quantity: 1,
    success: true,
    outcome: 'success',
    consumed: pools.map(({ cost }) => cost),
    after: pools.map(() => LEFT),
    total: sum,
    difference: sum,
    legacy: true,
  });
}

/** The log's row of an entry number; `legacy`: it costs the unified balance what the price list says. */
async function logEntry(tried: Probe, sequence: number): Promise<unknown> {
  const { log, actions, pools } = tried.model;
  const list = (columns: string[]) => `json_build_array(${columns.map(column => `l.${q(column)}`).join(', ')})`;
  const [row] = await tried.query(
    `select l.${q(log.action)} as action, l.quantity, l.success, l.${q(log.outcome)} as outcome,
            ${list(pools.map(pool => pool.consumed))} as consumed, ${list(pools.map(pool => pool.after))} as after,
            l.${q(log.consumed)}::bigint as total, (l.${q(log.before)} - l.${q(log.after)})::bigint as difference,
            l.legacy_delta = - a.${q(actions.cost)} as legacy
       from ${log.table} as l
       join ${actions.table} as a on a.${q(actions.action)} = l.${q(log.action)}
      where l.${q(log.owner)} = $1 and l.sequence = $2`,
    [tried.organization, sequence],
  );
  return row && { ...row };
}
