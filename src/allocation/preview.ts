import type { Model } from '../config/model.ts';
import { quoteIdentifier } from '../config/names.ts';
import type { Config } from '../config/schema.ts';
import type { Queryable } from '../database/connect.ts';
import { priceList } from './conflicts/actions.ts';
import { share, wholeCredits } from './share.ts';
import { SpendingLosses, type SpendingPower } from './spending.ts';

/** What one organization would get. */
export interface Preview {
  organization: string;
  name: string | null;
  /** Its pricing plan, or null with the reason. */
  plan: string | null;
  reason: string;
  legacy: string;
  pools: bigint[];
  /** Credits beyond the legacy amount that is divided; 0 under a grant. */
  minted: bigint;
  /** Legacy credits that no pool takes over: the balance under a grant, the fraction under a split. */
  forfeited: string;
}

/** Sums over organizations of one plan; the plan `null` holds those that get nothing. */
export interface PlanTotal {
  plan: string | null;
  organizations: number;
  pools: bigint[];
  minted: bigint;
}

/** What decides an organization's allocation: the columns of `allocationColumns`, after its key and its name. */
export interface Basis {
  organization: string;
  name: string | null;
  value: string | null;
  active: boolean | null;
  trial: boolean | null;
  balance: string | null;
  total: string | null;
}

/** SQL of the columns of a Basis, of the balance table as b. */
export const allocationColumns = (model: Model): string => {
  return `${model.rule.value} as value, ${model.rule.active} as active, ${model.rule.trial} as trial,
          ${model.page.balance}::text as balance, ${model.page.total}::text as total`;
};

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
  const { table, owner } = model.balances;
  const text = `
    select b.${quoteIdentifier(owner)}::text as organization, o.${quoteIdentifier(model.tenants.name)}::text as name,
           ${allocationColumns(model)}
      from ${table} as b
      left join ${model.tenants.table} as o on o.${quoteIdentifier(model.tenants.key)} = b.${quoteIdentifier(owner)}
     order by b.${quoteIdentifier(owner)}`;
  for await (const rows of tx.unsafe<Basis[]>(text).cursor(2000)) {
    for (const row of rows) {
      const preview = previewOf(row, config, model);
      if (first.length < keep) first.push(preview);
      losses.add(preview);
      const sum = totals.get(preview.plan) ?? {
        plan: preview.plan,
        organizations: 0,
        pools: model.pools.map(() => 0n),
        minted: 0n,
      };
      sum.organizations += 1;
      sum.pools = sum.pools.map((credits, index) => credits + (preview.pools[index] ?? 0n));
      sum.minted += preview.minted;
      totals.set(preview.plan, sum);
    }
  }
  return { first, totals: [...totals.values()], spending: losses.result() };
}

/** The allocation of one organization. */
export function previewOf(row: Basis, config: Config, model: Model): Preview {
  const { plan, reason } = planFor(row, config);
  const terms = model.plans.find(p => p.plan === plan);
  const base = { organization: row.organization, name: row.name, plan, reason, legacy: row.balance ?? '0' };
  if (!terms) return { ...base, pools: model.pools.map(() => 0n), minted: 0n, forfeited: '0' };
  if (terms.policy === 'grant') {
    return { ...base, pools: terms.shares.map(s => BigInt(s.credits)), minted: 0n, forfeited: row.balance ?? '0' };
  }
  const { whole, fraction } = wholeCredits(terms.basis === 'total' ? row.total : row.balance);
  const pools = share(
    whole,
    terms.shares.map(s => BigInt(s.weight)),
    terms.shares.map(s => BigInt(s.floor)),
  );
  const given = pools.reduce((a, b) => a + b, 0n);
  return { ...base, pools, minted: given > whole ? given - whole : 0n, forfeited: fraction };
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
