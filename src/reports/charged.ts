import type { Model } from '../config/model.ts';
import { quoteIdentifier as q } from '../config/names.ts';
import { lastPlan, list } from './organizations.ts';
import type { PerPool, Source } from './source.ts';

/** What the organizations that have a plan now used and paid so far; `plan` null stands for no allocation. */
export interface Spent {
  plan: string | null;
  /** Credits charged, less what was given back. */
  charged: PerPool;
  /** Cycles begun since the cutover, beyond the first of each organization. */
  resets: number;
}

/** Credits charged and cycles begun so far, by the plan that the organizations have now. */
export async function readSpent({ tx, model }: Source): Promise<Spent[]> {
  return tx.unsafe<Spent[]>(`
    with charged as (${chargedSql(model)}),
         resets as (${RESETS}),
         spent as (select organization, a.plan from (select organization from charged union select organization from resets) as o
                     left join lateral (${lastPlan('o.organization')}) as a on true)
    select s.plan, ${list(model, pool => `coalesce(sum(c.${q(pool.name)}), 0)::text`)} as charged,
           coalesce(sum(r.resets), 0)::integer as resets
      from spent as s
      left join charged as c using (organization)
      left join resets as r using (organization)
     group by s.plan`);
}

/** Credits charged per organization and pool, a column each; what retention took out of the log counts too. */
export function chargedSql({ pools, log }: Model): string {
  const each = (of: (pool: Model['pools'][number]) => string) => pools.map(of).join(', ');
  return `
    select organization, ${each(p => `sum(${q(p.name)}) as ${q(p.name)}`)}
      from (select l.${q(log.owner)} as organization, ${each(p => `l.${q(p.consumed)} as ${q(p.name)}`)}
              from ${log.table} as l where l.success
            union all
            select a.organization, ${each(({ allocation: a }) => `a.${q(a.forfeited)} - a.${q(a.granted)}`)}
              from creditshift.allocations as a where a.kind = 'opening') as entries
     group by 1`;
}

/** Cycles begun per organization, beyond its first. */
export const RESETS = `select organization, count(*) as resets from creditshift.allocations where kind = 'reset' and reference is not null group by 1`;
