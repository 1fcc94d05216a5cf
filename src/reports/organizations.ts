import type { Model } from '../config/model.ts';
import { quoteIdentifier as q } from '../config/names.ts';
import type { PerPool, Source } from './source.ts';

/** Rows that a report shows; the full list stands beside it as CSV. */
export const SHOWN = 20;

/** One balance row with its organization, its plan, and what the migration made of it. */
export interface OrganizationRow {
  organization: string;
  /** Null for a balance row without an organization. */
  name: string | null;
  /** Plan of the last allocation; null where there is none. */
  plan: string | null;
  /** Largest used share of a pool, in per cent. */
  used: string;
  legacyBefore: string | null;
  legacyNow: string | null;
  available: PerPool;
  total: PerPool;
  /** After the migration's own allocation. */
  allocated: PerPool | null;
}

/** How many balance rows there are. */
export async function countOrganizations({ tx, model }: Source): Promise<number> {
  const [row] = await tx.unsafe<{ count: number }[]>(`select count(*)::integer as count from ${model.balances.table}`);
  return row?.count ?? 0;
}

/** The most used first; `limit` null means all of them. */
export const readOrganizations = (source: Source, limit: number | null): Promise<OrganizationRow[]> =>
  source.tx.unsafe<OrganizationRow[]>(organizationsSql(source), [limit]);

/** The full list in pages of 1000, so that memory stays flat. */
export const organizationPages = (source: Source): AsyncIterable<OrganizationRow[]> =>
  source.tx.unsafe<OrganizationRow[]>(organizationsSql(source), [null]).cursor(1000);

/** Counts and sums over all balance rows of a plan; `plan` null stands for no allocation. */
export interface PlanTotals {
  plan: string | null;
  organizations: number;
  available: PerPool;
  total: PerPool;
  /** Rows whose pool is unlimited; they are not in the sums. */
  unlimited: PerPool;
  legacyNow: string | null;
}

export async function readPlanTotals({ tx, model }: Source): Promise<PlanTotals[]> {
  const { table, owner } = model.balances;
  const limited = (pool: Pool) => `where b.${q(pool.total)} < ${model.poolMax.text}`;
  const sums = (amount: (pool: Pool) => string) =>
    list(model, pool => `coalesce(sum(${amount(pool)}) filter (${limited(pool)}), 0)::text`);
  return tx.unsafe<PlanTotals[]>(`
    select a.plan, count(*)::integer as organizations, ${sums(p => p.available.b.text)} as available, ${sums(p => `b.${q(p.total)}`)} as total,
           ${list(model, pool => `count(*) filter (where b.${q(pool.total)} = ${model.poolMax.text})::text`)} as unlimited,
           sum(${model.page.balance})::text as "legacyNow"
      from ${table} as b
      left join lateral (${lastPlan(`b.${q(owner)}`)}) as a on true
     group by a.plan order by a.plan nulls last`);
}

type Pool = Model['pools'][number];

/** A JSON array with an entry for each pool. */
export const list = (model: Model, entry: (pool: Pool) => string) =>
  `json_build_array(${model.pools.map(entry).join(', ')})`;

/** The plan of the last allocation. */
export const lastPlan = (organization: string) =>
  `select plan from creditshift.allocations where organization = ${organization} order by sequence desc limit 1`;

function organizationsSql({ model }: Source): string {
  const { table, owner } = model.balances;
  const { tenants } = model;
  const share = model.pools.map(p => `(b.${q(p.total)} - ${p.available.b})::numeric / nullif(b.${q(p.total)}, 0)`);
  return `
    with chosen as (
      select b.*, coalesce(greatest(${share.join(', ')}), 0) as creditshift_share from ${table} as b
       order by creditshift_share desc, b.${q(owner)} limit $1::bigint
    )
    select b.${q(owner)}::text as organization, o.${q(tenants.name)}::text as name, a.plan,
           round(b.creditshift_share * 100, 2)::text as used,
           m.legacy_before::text as "legacyBefore", ${model.page.balance}::text as "legacyNow",
           ${list(model, pool => `${pool.available.b}::text`)} as available,
           ${list(model, pool => `b.${q(pool.total)}::text`)} as total,
           case when m.organization is not null then ${list(model, pool => `m.${q(pool.allocation.after)}::text`)} end as allocated
      from chosen as b
      left join ${tenants.table} as o on o.${q(tenants.key)} = b.${q(owner)}
      left join lateral (${lastPlan(`b.${q(owner)}`)}) as a on true
      left join creditshift.allocations as m on m.organization = b.${q(owner)} and m.kind = 'migration'
     order by b.creditshift_share desc, b.${q(owner)}`;
}
