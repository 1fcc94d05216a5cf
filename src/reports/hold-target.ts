import Big from 'big.js';
import { costOf, type Margin, type PricedPlan, reaches, type UnitCosts } from './margins.ts';

/** Decimals of a price: it is rounded up to the cent, since a cent less misses the target. */
const CENT = 2;

/**
 * The smallest price, in whole cents, whose margin is the target or more: cost × 100 / (100 − target). Null where the
 * target is 100 per cent and there is a cost: no price holds that.
 */
export function priceThatHolds(cost: Big, target: number): Big | null {
  if (cost.eq(0)) return new Big(0);
  if (target === 100) return null;
  const price = cost.times(100).div(new Big(100).minus(target)).round(CENT, Big.roundDown);
  return reaches(price, cost, target) ? price : price.plus(`1e-${CENT}`);
}

/** Most credits of a pool; `any` where a credit costs nothing, `none` where the other pools alone cost too much. */
export type Largest = Big | 'any' | 'none' | 'no unit cost';

/**
 * The most whole credits of one pool that hold the target while price and other pools stay as they are:
 * ⌊(price × (100 − target) / 100 − cost of the others) / unit cost⌋.
 */
export function largestAllocation(price: Big, others: Big, unit: Big, target: number): Largest {
  const room = price.times(new Big(100).minus(target)).times('0.01').minus(others);
  if (room.lt(0)) return 'none';
  if (unit.eq(0)) return 'any';
  // A quotient has 20 decimals, and may have been rounded up.
  const credits = room.div(unit).round(0, Big.roundDown);
  return credits.times(unit).lte(room) ? credits : credits.minus(1);
}

/** What a plan would need for the target: another price, or another allocation of one pool. */
export interface Change {
  plan: string;
  target: number;
  price: Big;
  holds: Big | null;
  reached: boolean;
  /** In the order of the plan's pools. */
  pools: { credits: string; most: Largest }[];
}

/** What would hold the target at full use; undefined where the plan has no worst case, or no price. */
export function changeOf(plan: PricedPlan, costs: UnitCosts, target: number): Change | undefined {
  const cost = costOf(plan.credits, costs);
  if (plan.unfixed !== null || plan.price === null || 'missing' in cost) return undefined;
  const price = new Big(plan.price);
  const pools = Object.entries(plan.credits).map(([pool, credits]) => {
    const unit = new Big(costs[pool] ?? 0);
    if (costs[pool] === undefined) return { credits, most: 'no unit cost' as const };
    return { credits, most: largestAllocation(price, cost.minus(unit.times(credits)), unit, target) };
  });
  return {
    plan: plan.plan,
    target,
    price,
    holds: priceThatHolds(cost, target),
    reached: !price.eq(0) && reaches(price, cost, target),
    pools,
  };
}

/** What all deployed plans together would need: so much in prices, or no more than so much in costs. */
export interface OverallChange {
  target: number;
  percent: Big;
  reached: boolean;
  price: Big;
  cost: Big;
  priceHolds: Big | null;
  costHolds: Big;
}

/** The sum of prices that holds the target at this cost, and the cost that holds it at these prices. */
export function overallChange(together: Margin, target: number): OverallChange | null {
  if ('none' in together) return null;
  const { price, cost, percent, reached } = together;
  const costHolds = price.times(new Big(100).minus(target)).times('0.01');
  return { target, percent, reached, price, cost, priceHolds: priceThatHolds(cost, target), costHolds };
}
