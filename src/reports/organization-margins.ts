import { quoteIdentifier as q } from '../config/names.ts';
import { chargedSql, RESETS } from './charged.ts';
import { type MarginRow, rowOf } from './margin-tables.ts';
import { actual, type UnitCosts, worstCase } from './margins.ts';
import { lastPlan, list, SHOWN } from './organizations.ts';
import type { PerPool, Source } from './source.ts';

/** What an organization paid, may use and has used. */
export interface OrganizationSpent {
  organization: string;
  /** Null for a balance row without an organization. */
  name: string | null;
  plan: string | null;
  /** Of its plan; null where it has none. */
  price: string | null;
  /** Begun since the cutover, the one under way included. */
  cycles: number;
  total: PerPool;
  charged: PerPool;
}

/** An organization with its margin at full use of what it has now, and by what it charged. */
export interface OrganizationMargin extends OrganizationSpent {
  /** What it is called in a report. */
  label: string;
  worst: MarginRow;
  actual: MarginRow;
}

/** The organizations with the lowest actual margin under these unit costs, at most SHOWN of them. */
export async function readOrganizationMargins(
  source: Source,
  costs: UnitCosts,
  target: number,
): Promise<OrganizationMargin[]> {
  const rows = await source.tx.unsafe<OrganizationSpent[]>(spentSql(source), [...parameters(source, costs), SHOWN]);
  return rows.map(row => organizationMargin(source, row, costs, target));
}

/** All organizations in pages of 1000, those with the lowest actual margin first, so that memory stays flat. */
export const organizationSpentPages = (source: Source, costs: UnitCosts): AsyncIterable<OrganizationSpent[]> =>
  source.tx.unsafe<OrganizationSpent[]>(spentSql(source), [...parameters(source, costs), null]).cursor(1000);

/** Its margins under one table of unit costs. */
export function organizationMargin(
  { model }: Source,
  row: OrganizationSpent,
  costs: UnitCosts,
  target: number,
): OrganizationMargin {
  const byPool = (amounts: PerPool) => Object.fromEntries(model.pools.map((pool, i) => [pool.name, amounts[i] ?? '0']));
  const unlimited = model.pools.find((_, i) => row.total[i] === model.poolMax.text);
  const plan = {
    plan: row.plan ?? 'none',
    unfixed: unlimited ? `${unlimited.label} is unlimited: no worst case` : null,
    price: row.price,
    credits: byPool(row.total),
  };
  return {
    ...row,
    label: row.name ?? `${row.organization} (no organization)`,
    worst: rowOf(worstCase(plan, costs, target), target),
    actual: rowOf(actual(plan, row.cycles, byPool(row.charged), costs, target), target),
  };
}

/** A unit cost for each pool; one that the table lacks orders as nothing. */
const parameters = ({ model }: Source, costs: UnitCosts): string[] =>
  model.pools.map(pool => String(costs[pool.name] ?? 0));

function spentSql({ model }: Source): string {
  const { table, owner } = model.balances;
  const { tenants, pools } = model;
  const charged = (pool: (typeof pools)[number]) => `coalesce(c.${q(pool.name)}, 0)`;
  const cost = (credits: (pool: (typeof pools)[number]) => string) =>
    pools.map((pool, i) => `${credits(pool)} * $${i + 1}::numeric`).join(' + ');
  return `
    with charged as (${chargedSql(model)}), resets as (${RESETS})
    select b.${q(owner)}::text as organization, o.${q(tenants.name)}::text as name, a.plan, p.price::text as price,
           coalesce(r.resets, 0)::integer + 1 as cycles,
           ${list(model, pool => `b.${q(pool.total)}::text`)} as total, ${list(model, pool => `${charged(pool)}::text`)} as charged
      from ${table} as b
      left join ${tenants.table} as o on o.${q(tenants.key)} = b.${q(owner)}
      left join lateral (${lastPlan(`b.${q(owner)}`)}) as a on true
      left join creditshift.plans as p on p.plan = a.plan
      left join charged as c on c.organization = b.${q(owner)}
      left join resets as r on r.organization = b.${q(owner)}
     order by (${cost(charged)}) / nullif(p.price * (coalesce(r.resets, 0) + 1), 0) desc nulls last,
              (${cost(pool => `b.${q(pool.total)}`)}) / nullif(p.price, 0) desc nulls last, b.${q(owner)}
     limit $${pools.length + 1}::bigint`;
}
