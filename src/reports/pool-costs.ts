import Big from 'big.js';
import type { PricedPlan, UnitCosts } from './margins.ts';
import type { PoolRow } from './pricing.ts';

/** A plan that organizations have: how many, the cycles they paid, and what they charged. */
export interface DeployedPlan {
  plan: PricedPlan;
  customers: number;
  cycles: number;
  charged: Readonly<Record<string, string>>;
}

/** What a pool costs at full use and by what was charged, and which part of the prices that is, in per cent. */
export interface PoolCost {
  label: string;
  unitCost: string | null;
  given: Big;
  worst: Big | null;
  worstShare: Big | null;
  charged: Big;
  actual: Big | null;
  actualShare: Big | null;
}

/**
 * Σ credits × unit cost of each pool over the plans with a price, and its share of their prices: 100 per cent less the shares
 * of all pools is the margin. Full use counts only plans with a fixed worst case.
 */
export function poolCosts(pools: readonly PoolRow[], deployed: readonly DeployedPlan[], costs: UnitCosts): PoolCost[] {
  const sold = deployed.filter(({ plan }) => plan.price !== null);
  const fixed = sold.filter(({ plan }) => plan.unfixed === null);
  const worstPrice = sum(fixed.map(({ plan, customers }) => new Big(plan.price ?? 0).times(customers)));
  const paid = sum(sold.map(({ plan, cycles }) => new Big(plan.price ?? 0).times(cycles)));
  return pools.map(({ pool, label }) => {
    const given = sum(fixed.map(({ plan, customers }) => new Big(plan.credits[pool] ?? 0).times(customers)));
    const charged = sum(sold.map(one => new Big(one.charged[pool] ?? 0)));
    const unitCost = costs[pool] === undefined ? null : String(costs[pool]);
    const [worst, actual] = [given, charged].map(credits => (unitCost === null ? null : credits.times(unitCost)));
    return {
      label,
      unitCost,
      given,
      worst: worst ?? null,
      worstShare: shareOf(worst, worstPrice),
      charged,
      actual: actual ?? null,
      actualShare: shareOf(actual, paid),
    };
  });
}

const sum = (amounts: readonly Big[]): Big => amounts.reduce((total, amount) => total.plus(amount), new Big(0));

const shareOf = (cost: Big | null | undefined, price: Big): Big | null =>
  cost && !price.eq(0) ? cost.times(100).div(price) : null;
