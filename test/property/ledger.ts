import { has, type Model, organizationOf } from './model.ts';
import { ACTIONS, LEGACY_VALUES, POOLS } from './terms.ts';

/** What the consume function answers, and what it does. */
export function charge(model: Model, id: string, action: string, quantity: number): object {
  const organization = organizationOf(model, id);
  const { legacy, pools } = ACTIONS[action] ?? { legacy: 1, pools: [] };
  if (model.mode !== 'live') {
    // The legacy function takes an action that it does not know for 1.
    const cost = action === 'campaign' && !has(model, '030_expand_actions') ? 1 : legacy;
    if (organization.remaining < cost) return { success: false, credits_remaining: organization.remaining };
    organization.remaining -= cost;
    organization.written = true;
    return { success: true, credits_consumed: cost, credits_remaining: organization.remaining };
  }
  const costs = pools.map(cost => cost * quantity);
  const left = organization.pools ?? POOLS.map(() => ({ available: 0, total: 0, extra: 0 }));
  const short = costs.findIndex((cost, pool) => (left[pool]?.available ?? 0) < cost);
  model.calls.push({ organization: id, action, quantity, success: short < 0 });
  if (short >= 0) {
    return { success: false, required: costs[short], available: left[short]?.available, code: 'INSUFFICIENT_CREDITS' };
  }
  costs.forEach((cost, pool) => {
    const balance = left[pool];
    if (balance) balance.available -= cost;
  });
  organization.entries += 1;
  organization.charged = true;
  organization.charges.push({ entry: organization.entries, action, left: quantity });
  organization.unsettled += legacy * quantity;
  organization.owed += legacy * quantity;
  return { success: true, entry: organization.entries };
}

/** The number of the new entry, or the code of the refusal. */
type Outcome = { entry: number } | { hint: string };

/** A charge given back, or a part of it; where that is more than the pool's total, an entry before it makes room. */
export function reverse(model: Model, id: string, entry: number, quantity: number): Outcome {
  const organization = organizationOf(model, id);
  const charged = organization.charges.find(c => c.entry === entry);
  if (!charged) return { hint: 'UNKNOWN_ENTRY' };
  if (charged.left < quantity) return { hint: 'ALREADY_REVERSED' };
  const { legacy, pools } = ACTIONS[charged.action] ?? { legacy: 0, pools: [] };
  let room = false;
  for (const [index, pool] of (organization.pools ?? []).entries()) {
    pool.available += (pools[index] ?? 0) * quantity;
    const beyond = Math.max(0, pool.available - pool.total);
    pool.total += beyond;
    pool.extra += beyond;
    room ||= beyond > 0;
  }
  organization.entries += room ? 2 : 1;
  organization.allocations += room ? 1 : 0;
  charged.left -= quantity;
  organization.unsettled -= legacy * quantity;
  organization.owed -= legacy * quantity;
  model.calls.push({ organization: id, action: charged.action, quantity: -quantity, success: true });
  return { entry: organization.entries };
}

/** Paid credits, once a reference. */
export function pay(model: Model, id: string, pool: number, credits: number, reference: string): Outcome {
  const organization = organizationOf(model, id);
  const first = organization.payments[reference];
  if (first) {
    return first.pool === pool && first.credits === credits ? { entry: first.entry } : { hint: 'IDEMPOTENCY_CONFLICT' };
  }
  const balance = organization.pools?.[pool];
  if (!balance) return { hint: 'NOT_ALLOCATED' };
  balance.available += credits;
  balance.total += credits;
  balance.extra += credits;
  organization.entries += 1;
  organization.allocations += 1;
  organization.charged = true;
  organization.unsettled -= credits * (LEGACY_VALUES[pool] ?? 0);
  organization.owed -= credits * (LEGACY_VALUES[pool] ?? 0);
  organization.payments[reference] = { entry: organization.entries, pool, credits };
  return { entry: organization.entries };
}

/** Back to what the plan gave, and what is left of extra credits; once a cycle, and never back to an earlier one. */
export function reset(model: Model, id: string, period: string): Outcome {
  const organization = organizationOf(model, id);
  const first = organization.cycles[period];
  if (first) return { entry: first };
  if (Object.keys(organization.cycles).some(later => later > period)) return { hint: 'PERIOD_PASSED' };
  if (!organization.pools) return { hint: 'NOT_ALLOCATED' };
  for (const pool of organization.pools) {
    const plan = pool.total - pool.extra;
    pool.extra = Math.min(pool.extra, pool.available);
    pool.total = plan + pool.extra;
    pool.available = pool.total;
  }
  organization.entries += 1;
  organization.allocations += 1;
  organization.cycles[period] = organization.entries;
  return { entry: organization.entries };
}
