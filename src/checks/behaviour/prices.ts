import type { Model } from '../../config/model.ts';
import { quoteIdentifier as q } from '../../config/names.ts';
import type { Catalogued, Probe } from './probe.ts';

/** Sets what an action charges per pool, until the probe is rolled back. */
export async function price(tried: Probe, action: string, required: readonly number[]): Promise<void> {
  const { actions, pools } = tried.model;
  const sets = pools.map((pool, i) => `${q(pool.required)} = $${i + 2}`);
  await tried.query(`update ${actions.table} set ${sets.join(', ')} where ${q(actions.action)} = $1`, [
    action,
    ...required,
  ]);
}

/** Actions that some pool pays for, with their cost per pool. */
export const pricedActions = (model: Model): { action: string; costs: number[] }[] =>
  model.catalogue
    .map(({ action, required }: Catalogued) => ({ action, costs: required.map(r => r.value) }))
    .filter(({ costs }) => costs.some(cost => cost > 0));

/** An action to try things with; the catalogue names at least one that is priced. */
export function firstPriced(model: Model): { action: string; costs: number[] } {
  const [first] = pricedActions(model);
  if (!first) throw new Error('no action of the catalogue has a price');
  return first;
}
