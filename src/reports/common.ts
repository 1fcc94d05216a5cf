import type { CheckResult } from '../checks/run.ts';
import { readSpent } from './charged.ts';
import { type OmittedCheck, summarize } from './checks.ts';
import { marginTables } from './margin-tables.ts';
import { readOpenItems } from './open-items.ts';
import { type PlanTotals, readOrganizations, readPlanTotals, SHOWN } from './organizations.ts';
import { type PlanRow, type PoolRow, readPlans, readPools } from './pricing.ts';
import { type PerPool, readMoment, type Source } from './source.ts';

/** What a report is told besides the database: plain facts of the command that makes it. */
export interface Told {
  version: string;
  /** The state in words: cut over, disabled, … */
  standing: string;
  pending: string[];
  checks: CheckResult[];
  omitted: OmittedCheck[];
  /** What the executed checks took together. */
  checksMilliseconds: number;
  /** Proved backups from before the first step. */
  backups: { folder: string; createdAt: string; tables: number; rows: number }[];
  /** Name of the CSV with all organizations, where there is one. */
  csv: string | null;
}

/** Figures that both reports show. */
export type Common = Awaited<ReturnType<typeof readCommon>>;

/** Reads them one after the other: they share one connection and one snapshot. */
export async function readCommon(source: Source, told: Told) {
  const { config, state, model } = source;
  const [pools, plans] = [await readPools(source), await readPlans(source)];
  const planTotals = await readPlanTotals(source);
  const spent = await readSpent(source);
  const summary = summarize(told.checks, told.omitted);
  const unitCosts = config.costs?.tables[config.costs.default]?.perCredit;
  const shown = (amount: string) => (amount === model.poolMax.text ? 'unlimited' : amount);
  const balances = ({ available, total }: { available: PerPool; total: PerPool }) =>
    total.map((amount, i) => (shown(amount) === amount ? `${available[i]}/${amount}` : 'unlimited'));
  return {
    ...(await readMoment(source)),
    ...told,
    mode: state.mode,
    revision: state.revision,
    pools: pools.map(pool => ({ ...pool, unitCost: unitCosts?.[pool.pool] ?? null, range: rangeOf(pool) })),
    plans: plans.map(plan => ({ ...plan, shares: plan.credits.map((credits, i) => shareOf(plan, shown(credits), i)) })),
    organizations: (await readOrganizations(source, SHOWN)).map(row => ({
      ...row,
      name: row.name ?? `${row.organization} (no organization)`,
      balances: balances(row),
      allocated: row.allocated?.map(shown) ?? row.total.map(() => null),
    })),
    planTotals: planTotals.map(row => ({ ...row, plan: row.plan ?? 'none', balances: balances(row) })),
    organizationCount: planTotals.reduce((sum, row) => sum + row.organizations, 0),
    totals: pools.map((pool, i) => totalOf(pool.label, planTotals, i)),
    currency: config.costs?.currency ?? null,
    margins: marginTables(config.costs, { pools, plans, totals: planTotals, spent, poolMax: model.poolMax.text }),
    summary,
    openItems: await readOpenItems(source, summary),
    shown: SHOWN,
  };
}

function rangeOf({ least, most }: PoolRow): string {
  if (least === null) return 'no action uses it';
  return least === most ? String(least) : `${least}–${most}`;
}

/** What a plan gives of a pool: credits and what is carried over beside, or the weight and the floor. */
function shareOf(plan: PlanRow, credits: string, index: number): string {
  if (plan.policy === 'usage') return `by use of ${plan.days} days, of ${plan.basis}, at least ${credits}`;
  if (plan.policy === 'split') return `${plan.weights[index]} % of ${plan.basis}, at least ${credits}`;
  return plan.carry[index] === '0' ? credits : `${credits}, and ${plan.carry[index]} for each unspent credit`;
}

function totalOf(label: string, rows: readonly PlanTotals[], index: number) {
  const sum = (column: 'available' | 'total' | 'unlimited') =>
    rows.reduce((total, row) => total + BigInt(row[column][index] ?? 0), 0n);
  return { label, available: sum('available'), total: sum('total'), unlimited: Number(sum('unlimited')) };
}
