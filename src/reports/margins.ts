import Big from 'big.js';

/** A pricing plan as sold: what a customer pays and gets in a cycle. Exact decimals as text. */
export interface PricedPlan {
  plan: string;
  /** Why it has no fixed worst case; null where it has one. */
  unfixed: string | null;
  price: string | null;
  credits: Readonly<Record<string, string>>;
}

/** Cost of one credit per pool. */
export type UnitCosts = Readonly<Record<string, string | number>>;

/** A margin in per cent of the price, unrounded; or why there is none. */
export type Margin =
  | { plan: string; price: Big; cost: Big; profit: Big; percent: Big; reached: boolean; overstated: Overstated | null }
  | { plan: string; none: string };

/** What the margin would look like with its costliest pool left out, where that would lift it to the target. */
export interface Overstated {
  pool: string;
  percent: Big;
}

/** Σ credits × unit cost over every pool, or the pool that has no unit cost. */
export function costOf(credits: Readonly<Record<string, string>>, costs: UnitCosts): Big | { missing: string } {
  let sum = new Big(0);
  for (const [pool, amount] of Object.entries(credits)) {
    const unit = costs[pool];
    if (unit === undefined) {
      if (!new Big(amount).eq(0)) return { missing: pool };
    } else sum = sum.plus(new Big(amount).times(unit));
  }
  return sum;
}

/** (price − cost) / price in per cent. */
export const marginOf = (price: Big, cost: Big): Big => price.minus(cost).times(100).div(price);

/** Compared without a division, so nothing is rounded: price − cost ≥ price × target / 100. */
export const reaches = (price: Big, cost: Big, target: number): boolean =>
  price.minus(cost).times(100).gte(price.times(target));

/** The margin of a plan at full use, every pool included: (price − Σ allocation × unit cost) / price. */
export function worstCase(plan: PricedPlan, costs: UnitCosts, target: number): Margin {
  if (plan.unfixed !== null) return { plan: plan.plan, none: plan.unfixed };
  return margin(plan.plan, plan.price, 1, plan.credits, costs, target);
}

/** The margin of what was charged: the prices of so many cycles against the charged credits at unit cost. */
export function actual(
  plan: PricedPlan,
  cycles: number,
  charged: Readonly<Record<string, string>>,
  costs: UnitCosts,
  target: number,
): Margin {
  return margin(plan.plan, plan.price, cycles, charged, costs, target);
}

/** What stands in place of a plan's name. */
const OVERALL = 'all deployed plans';

/** All deployed plans together: the sum of their prices against the sum of their costs. */
export function overall(
  plans: readonly { plan: PricedPlan; customers: number }[],
  costs: UnitCosts,
  target: number,
): Margin {
  let [price, cost] = [new Big(0), new Big(0)];
  for (const { plan, customers } of plans) {
    const one = worstCase(plan, costs, target);
    if ('none' in one) continue;
    price = price.plus(one.price.times(customers));
    cost = cost.plus(one.cost.times(customers));
  }
  if (price.eq(0)) return { plan: OVERALL, none: 'no deployed plan has a public price and fixed credits' };
  return { ...figures(price, cost, target), plan: OVERALL, overstated: null };
}

/** Margin of a single pool where its revenue per credit is known. */
export function poolMargin(cost: string | number, revenue: string | number): Big | null {
  return new Big(revenue).eq(0) ? null : marginOf(new Big(revenue), new Big(cost));
}

function margin(
  plan: string,
  unitPrice: string | null,
  times: number,
  credits: Readonly<Record<string, string>>,
  costs: UnitCosts,
  target: number,
): Margin {
  if (unitPrice === null) return { plan, none: 'no public price' };
  const price = new Big(unitPrice).times(times);
  if (price.eq(0)) return { plan, none: times === 0 ? 'not deployed' : 'the price is 0' };
  const cost = costOf(credits, costs);
  if ('missing' in cost) return { plan, none: `no unit cost for pool ${cost.missing}` };
  return { plan, ...figures(price, cost, target), overstated: overstatedBy(price, cost, credits, costs, target) };
}

const figures = (price: Big, cost: Big, target: number) => ({
  price,
  cost,
  profit: price.minus(cost),
  percent: marginOf(price, cost),
  reached: reaches(price, cost, target),
});

function overstatedBy(
  price: Big,
  cost: Big,
  credits: Readonly<Record<string, string>>,
  costs: UnitCosts,
  target: number,
): Overstated | null {
  if (reaches(price, cost, target)) return null;
  const shares = Object.entries(credits).map(([pool, amount]) => ({
    pool,
    cost: new Big(amount).times(costs[pool] ?? 0),
  }));
  const costliest = shares.reduce((a, b) => (b.cost.gt(a.cost) ? b : a), { pool: '', cost: new Big(0) });
  const without = cost.minus(costliest.cost);
  return reaches(price, without, target) ? { pool: costliest.pool, percent: marginOf(price, without) } : null;
}
