import Big from 'big.js';
import type { Model } from '../config/model.ts';
import { quoteIdentifier } from '../config/names.ts';
import type { Config } from '../config/schema.ts';
import { creditsOf } from '../config/terms.ts';
import type { Queryable } from '../database/connect.ts';
import { priceList } from './conflicts/actions.ts';
import { share, wholeCredits } from './share.ts';
import { SpendingLosses, type SpendingPower } from './spending.ts';
import { type Used, usedColumn, usedJoin } from './usage.ts';

/** What one organization would get. */
export interface Preview {
  organization: string;
  name: string | null;
  /** Its pricing plan, or null with the reason. */
  plan: string | null;
  reason: string;
  legacy: string;
  /** Credits of each pool, with what is carried over. */
  pools: bigint[];
  /** Of these, unspent legacy credits carried over beside a grant. */
  carried: bigint[];
  /** Credits beyond the legacy amount that is divided; 0 under a grant. */
  minted: bigint;
  /** Legacy credits that no pool takes over: the balance under a grant less what is carried, the fraction under a split. */
  forfeited: string;
}

/** Sums over organizations of one plan; the plan `null` holds those that get nothing. */
export interface PlanTotal {
  plan: string | null;
  organizations: number;
  /** Without those that are unlimited. */
  pools: bigint[];
  unlimited: number[];
  minted: bigint;
}

/** What decides an organization's allocation: the columns of `allocationColumns` beside `allocationJoin`, after its key and its name. */
export interface Basis {
  organization: string;
  name: string | null;
  value: string | null;
  active: boolean | null;
  trial: boolean | null;
  balance: string | null;
  total: string | null;
  used: Used;
}

/** SQL of the columns of a Basis, of the balance table as b. */
export const allocationColumns = (model: Model): string => {
  return `${model.rule.value} as value, ${model.rule.active} as active, ${model.rule.trial} as trial,
          ${model.page.balance}::text as balance, ${model.page.total}::text as total,
          ${usedColumn(model)} as used`;
};

/** What they need joined to b. */
export const allocationJoin = usedJoin;

/**
 * Computes the allocation of every organization, and what it can buy then, without writing; memory stays flat, the first
 * `keep` are kept.
 */
export async function previewAllocation(
  tx: Queryable,
  config: Config,
  model: Model,
  keep = 20,
): Promise<{ first: Preview[]; totals: PlanTotal[]; spending: SpendingPower }> {
  const losses = new SpendingLosses(await priceList({ tx, model }), config, model, keep);
  const first: Preview[] = [];
  const totals = new Map<string | null, PlanTotal>();
  const unlimited = BigInt(model.poolMax.text);
  const { table, owner } = model.balances;
  const text = `
    select b.${quoteIdentifier(owner)}::text as organization, o.${quoteIdentifier(model.tenants.name)}::text as name,
           ${allocationColumns(model)}
      from ${table} as b
      left join ${model.tenants.table} as o on o.${quoteIdentifier(model.tenants.key)} = b.${quoteIdentifier(owner)}
      ${allocationJoin(model)}
     where b.${quoteIdentifier(owner)} is not null order by b.${quoteIdentifier(owner)}`;
  for await (const rows of tx.unsafe<Basis[]>(text).cursor(2000)) {
    for (const row of rows) {
      const preview = previewOf(row, config, model);
      if (first.length < keep) first.push(preview);
      losses.add(preview);
      totals.set(preview.plan, plus(totals.get(preview.plan), preview, unlimited));
    }
  }
  return { first, totals: [...totals.values()], spending: losses.result() };
}

function plus(sum: PlanTotal | undefined, { plan, pools, minted }: Preview, unlimited: bigint): PlanTotal {
  return {
    plan,
    organizations: (sum?.organizations ?? 0) + 1,
    pools: pools.map((credits, i) => (sum?.pools[i] ?? 0n) + (credits === unlimited ? 0n : credits)),
    unlimited: pools.map((credits, i) => (sum?.unlimited[i] ?? 0) + (credits === unlimited ? 1 : 0)),
    minted: (sum?.minted ?? 0n) + minted,
  };
}

/** The allocation of one organization, as creditshift.entitlement in the database computes it; the golden tables hold the two together. */
export function previewOf(row: Basis, config: Config, model: Model): Preview {
  const { plan, reason } = planFor(row, config);
  const terms = model.plans.find(p => p.plan === plan);
  const nothing = model.pools.map(() => 0n);
  const base = { organization: row.organization, name: row.name, plan, legacy: row.balance ?? '0' };
  if (!terms) return { ...base, reason, pools: nothing, carried: nothing, minted: 0n, forfeited: '0' };
  const overrides = Object.entries(config.assignments.overrides[row.organization] ?? {});
  const overridden = (credits: readonly bigint[]) =>
    credits.map((amount, i) => {
      const override = overrides.find(([pool]) => pool === model.pools[i]?.name)?.[1];
      return override === undefined ? amount : BigInt(creditsOf(override, model.poolMax.text));
    });
  const noted = { ...base, reason: `${reason}${noteOf(overrides, model)}` };
  const of = (column: 'credits' | 'weight' | 'floor' | 'carry') => terms.shares.map(s => BigInt(s[column]));
  const granted = overridden(of('credits'));
  if (terms.basis === null)
    return { ...noted, pools: granted, carried: nothing, minted: 0n, forfeited: row.balance ?? '0' };
  const { whole, fraction } = wholeCredits(terms.basis === 'total' ? row.total : row.balance);
  if (terms.policy !== 'grant') {
    const used = terms.policy === 'usage' ? row.used?.[String(terms.days)]?.map(BigInt) : undefined;
    const pools = overridden(share(whole, used ?? of('weight'), of('floor')));
    const given = pools.reduce((a, b) => a + b, 0n);
    return { ...noted, pools, carried: nothing, minted: given > whole ? given - whole : 0n, forfeited: fraction };
  }
  const carried = carry(granted, whole, of('carry'), BigInt(model.poolMax.text));
  const taken = carried.reduce((a, b) => a + b, 0n);
  const forfeited = new Big(row.balance ?? '0').minus(String(taken)).toFixed();
  return { ...noted, pools: granted.map((amount, i) => amount + (carried[i] ?? 0n)), carried, minted: 0n, forfeited };
}

/** What of an amount is carried over beside granted credits; a pool takes no more than it holds. */
function carry(granted: readonly bigint[], amount: bigint, points: readonly bigint[], most: bigint): bigint[] {
  return share(amount, points, []).map((credits, i) => {
    const room = most - (granted[i] ?? 0n);
    return credits < room ? credits : room > 0n ? room : 0n;
  });
}

function noteOf(overrides: readonly [string, number | 'unlimited'][], { pools, poolMax }: Model): string {
  const named = pools.flatMap(({ name }) => overrides.filter(([pool]) => pool === name));
  const shown = named.map(([pool, credits]) => `${pool} ${creditsOf(credits, poolMax.text)}`);
  return named.length === 0 ? '' : `; ${shown.join(', ')} by override`;
}

/** The rule of creditshift.rule in the database: assignment, then activity, then the plan column. */
function planFor(row: Basis, config: Config): { plan: string | null; reason: string } {
  const { organizations, values, none, unknown } = config.assignments;
  const named = (plan: string | undefined, reason: string) => ({
    plan: plan === 'skip' || !plan ? null : plan,
    reason,
  });
  const assigned = organizations[row.organization];
  if (assigned) return named(assigned, 'assigned');
  if (row.active === false && config.policies.inactive === 'skip') return named(undefined, 'inactive');
  if (row.trial && config.policies.trial === 'skip') return named(undefined, 'trial');
  if (!row.value) return named(none, 'no plan');
  const mapped = values[row.value] ?? (config.plans[row.value] ? row.value : undefined);
  return mapped ? named(mapped, `plan ${row.value}`) : named(unknown, `unknown plan ${row.value}`);
}
