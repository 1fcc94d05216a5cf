import type Big from 'big.js';
import type { Config } from '../config/schema.ts';
import { actual, type Margin, overall, type PricedPlan, poolMargin, worstCase } from './margins.ts';
import type { PlanTotals } from './organizations.ts';
import type { PlanRow, PoolRow } from './pricing.ts';
import type { PerPool } from './source.ts';

/** Margins under one table of unit costs. */
export interface MarginTable {
  name: string;
  dated: string | null;
  source: string;
  isDefault: boolean;
  unitCosts: { label: string; cost: string }[];
  worst: MarginRow[];
  actual: (MarginRow & { organizations: number })[];
  perPool: { label: string; cost: string; revenue: string; percent: Big | null }[];
  /** Margins that would reach the target if their costliest pool were left out. */
  overstated: { plan: string; pool: string; shown: Big; percent: Big }[];
}

/** A margin as a row: figures, or the reason why there are none. */
export interface MarginRow {
  plan: string;
  price: Big | null;
  cost: Big | null;
  profit: Big | null;
  percent: Big | null;
  target: number;
  verdict: string;
}

export interface MarginFacts {
  pools: readonly PoolRow[];
  plans: readonly PlanRow[];
  totals: readonly PlanTotals[];
  charged: readonly { plan: string | null; charged: PerPool }[];
}

/** One table per cost table of the configuration, the default one first. */
export function marginTables(costs: Config['costs'], facts: MarginFacts): MarginTable[] {
  if (!costs) return [];
  const names = Object.keys(costs.tables).sort((a, b) => Number(b === costs.default) - Number(a === costs.default));
  return names.map(name => marginTable(costs, name, facts));
}

function marginTable(costs: NonNullable<Config['costs']>, name: string, facts: MarginFacts): MarginTable {
  const table = costs.tables[name];
  if (!table) throw new Error(`no cost table ${name}`);
  const { targets } = costs;
  const byPool = (amounts: PerPool) => Object.fromEntries(facts.pools.map((pool, i) => [pool.pool, amounts[i] ?? '0']));
  const priced = facts.plans.map(
    (row): PricedPlan => ({
      plan: row.plan,
      split: row.policy === 'split',
      price: row.price,
      credits: byPool(row.credits),
    }),
  );
  const customers = (plan: string) => facts.totals.find(t => t.plan === plan)?.organizations ?? 0;
  const charged = (plan: string) => byPool(facts.charged.find(c => c.plan === plan)?.charged ?? []);
  const deployed = priced.filter(plan => customers(plan.plan) > 0);
  const worst = priced.map(plan => worstCase(plan, table.perCredit, targets.plan));
  const label = (pool: string) => facts.pools.find(p => p.pool === pool)?.label ?? pool;
  return {
    name,
    dated: table.dated ?? null,
    source: table.source,
    isDefault: name === costs.default,
    unitCosts: facts.pools.map(({ pool, label }) => ({ label, cost: String(table.perCredit[pool] ?? 'none') })),
    worst: [
      ...worst.map(margin => rowOf(margin, targets.plan)),
      rowOf(
        overall(
          deployed.map(plan => ({ plan, customers: customers(plan.plan) })),
          table.perCredit,
          targets.overall,
        ),
        targets.overall,
      ),
    ],
    actual: deployed.map(plan => ({
      ...rowOf(actual(plan, customers(plan.plan), charged(plan.plan), table.perCredit, targets.plan), targets.plan),
      organizations: customers(plan.plan),
    })),
    perPool: facts.pools.flatMap(({ pool, label }) => {
      const [cost, revenue] = [table.perCredit[pool], table.revenue?.[pool]];
      if (cost === undefined || revenue === undefined) return [];
      return [{ label, cost: String(cost), revenue: String(revenue), percent: poolMargin(cost, revenue) }];
    }),
    overstated: worst.flatMap(m =>
      'none' in m || !m.overstated
        ? []
        : [{ plan: m.plan, pool: label(m.overstated.pool), shown: m.overstated.percent, percent: m.percent }],
    ),
  };
}

function rowOf(margin: Margin, target: number): MarginRow {
  if ('none' in margin) {
    return { plan: margin.plan, price: null, cost: null, profit: null, percent: null, target, verdict: margin.none };
  }
  const { plan, price, cost, profit, percent, reached } = margin;
  return { plan, price, cost, profit, percent, target, verdict: reached ? 'reached' : 'missed' };
}
