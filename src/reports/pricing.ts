import { quoteIdentifier as q } from '../config/names.ts';
import type { PerPool, Source } from './source.ts';

/** A pool as configured, and what the price list charges it. */
export interface PoolRow {
  pool: string;
  label: string;
  purpose: string;
  provider: string;
  enabled: boolean;
  /** Least and most credits of one action that uses the pool; null where none does. */
  least: number | null;
  most: number | null;
}

export async function readPools({ tx, model }: Source): Promise<PoolRow[]> {
  const pools = await tx<PoolRow[]>`select pool, label, purpose, provider, enabled from creditshift.pools`;
  const ranges = model.pools.map(pool => {
    const used = `a.${q(pool.required)}) filter (where a.${q(pool.required)} > 0)`;
    return `json_build_object('least', min(${used}, 'most', max(${used})`;
  });
  const [row] = await tx.unsafe<{ ranges: { least: number | null; most: number | null }[] }[]>(
    `select json_build_array(${ranges.join(', ')}) as ranges from ${model.actions.table} as a`,
  );
  return model.pools.map(({ name }, index) => {
    const pool = pools.find(p => p.pool === name);
    if (!pool) throw new Error(`creditshift.pools has no row for ${name}`);
    return { ...pool, ...(row?.ranges[index] ?? { least: null, most: null }) };
  });
}

/** An action of the price list: what it charges per pool, and its legacy cost. */
export interface ActionRow {
  action: string;
  description: string | null;
  legacyCost: string | null;
  required: PerPool;
}

export async function readActions({ tx, model }: Source): Promise<ActionRow[]> {
  const { table, action, cost, description } = model.actions;
  const required = model.pools.map(pool => `a.${q(pool.required)}::text`);
  return tx.unsafe<ActionRow[]>(`
    select a.${q(action)}::text as action, ${description ? `a.${q(description)}::text` : 'null'} as description,
           a.${q(cost)}::text as "legacyCost", json_build_array(${required.join(', ')}) as required
      from ${table} as a order by 1`);
}

/** A pricing plan as its rows say. */
export interface PlanRow {
  plan: string;
  policy: 'grant' | 'split' | 'usage';
  basis: string | null;
  /** Days of the log that it divides by. */
  days: number | null;
  price: string | null;
  /** Credits of a grant; of the others the floors. */
  credits: PerPool;
  /** Weights in per cent. */
  weights: PerPool;
  /** Credits that become of 1 unspent legacy credit. */
  carry: PerPool;
}

export async function readPlans({ tx }: Source): Promise<PlanRow[]> {
  return tx<PlanRow[]>`
    select p.plan, p.policy, p.basis, p.days, p.price::text as price,
           json_agg(case p.policy when 'grant' then s.credits else s.floor end::text order by o.position) as credits,
           json_agg(trim_scale(s.weight / 100.0)::text order by o.position) as weights,
           json_agg(trim_scale(s.carry / 10000.0)::text order by o.position) as carry
      from creditshift.plans as p
      join creditshift.plan_pools as s on s.plan = p.plan
      join creditshift.pools as o on o.pool = s.pool
     group by p.plan
     order by p.price nulls last, p.plan`;
}
