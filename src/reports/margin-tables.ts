import type Big from 'big.js';
import type { Config } from '../config/schema.ts';
import type { Spent } from './charged.ts';
import { type Change, changeOf, type OverallChange, overallChange } from './hold-target.ts';
import { actual, type Margin, overall, type PricedPlan, poolMargin, worstCase } from './margins.ts';
import type { PlanTotals } from './organizations.ts';
import { type PoolCost, poolCosts } from './pool-costs.ts';
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
  /** What would hold the target, of each plan with a worst case and of all deployed ones together. */
  changes: Change[];
  overall: OverallChange | null;
  /** What each pool takes of the prices. */
  pools: PoolCost[];
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
  spent: readonly Spent[];
  /** What an unlimited pool holds. */
  poolMax: string;
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
  const { perCredit } = table;
  const priced = facts.plans.map(row => pricedPlan(row, facts));
  const deployed = priced.flatMap(plan => {
    const customers = facts.totals.find(t => t.plan === plan.plan)?.organizations ?? 0;
    const spent = facts.spent.find(s => s.plan === plan.plan);
    const cycles = customers + (spent?.resets ?? 0);
    return customers > 0 ? [{ plan, customers, cycles, charged: byPool(facts, spent?.charged ?? []) }] : [];
  });
  const worst = priced.map(plan => worstCase(plan, perCredit, targets.plan));
  const together = overall(deployed, perCredit, targets.overall);
  const label = (pool: string) => facts.pools.find(p => p.pool === pool)?.label ?? pool;
  return {
    name,
    dated: table.dated ?? null,
    source: table.source,
    isDefault: name === costs.default,
    unitCosts: facts.pools.map(({ pool, label }) => ({ label, cost: String(perCredit[pool] ?? 'none') })),
    worst: [...worst.map(margin => rowOf(margin, targets.plan)), rowOf(together, targets.overall)],
    actual: deployed.map(({ plan, customers, cycles, charged }) => ({
      ...rowOf(actual(plan, cycles, charged, perCredit, targets.plan), targets.plan),
      organizations: customers,
    })),
    perPool: facts.pools.flatMap(({ pool, label }) => {
      const [cost, revenue] = [perCredit[pool], table.revenue?.[pool]];
      if (cost === undefined || revenue === undefined) return [];
      return [{ label, cost: String(cost), revenue: String(revenue), percent: poolMargin(cost, revenue) }];
    }),
    overstated: worst.flatMap(m =>
      'none' in m || !m.overstated
        ? []
        : [{ plan: m.plan, pool: label(m.overstated.pool), shown: m.overstated.percent, percent: m.percent }],
    ),
    changes: priced.flatMap(plan => changeOf(plan, perCredit, targets.plan) ?? []),
    overall: overallChange(together, targets.overall),
    pools: poolCosts(facts.pools, deployed, perCredit),
  };
}

const byPool = ({ pools }: MarginFacts, amounts: PerPool) =>
  Object.fromEntries(pools.map((pool, i) => [pool.pool, amounts[i] ?? '0']));

function pricedPlan({ plan, policy, price, credits }: PlanRow, facts: MarginFacts): PricedPlan {
  const unlimited = facts.pools.find((_, i) => credits[i] === facts.poolMax);
  const fixed = unlimited ? `${unlimited.label} is unlimited: no worst case` : null;
  return {
    plan,
    unfixed: policy === 'grant' ? fixed : 'split of the legacy balance: no fixed worst case',
    price,
    credits: byPool(facts, credits),
  };
}

/** A margin as its row. */
export function rowOf(margin: Margin, target: number): MarginRow {
  if ('none' in margin) {
    return { plan: margin.plan, price: null, cost: null, profit: null, percent: null, target, verdict: margin.none };
  }
  const { plan, price, cost, profit, percent, reached } = margin;
  return { plan, price, cost, profit, percent, target, verdict: reached ? 'reached' : 'missed' };
}
