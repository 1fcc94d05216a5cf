import { quoteIdentifier } from '../../config/names.ts';
import type { Queryable } from '../../database/connect.ts';
import { sqlstate } from '../../database/errors.ts';
import { Problem, UNTOUCHED } from '../../problems.ts';
import type { Session } from '../session/session.ts';

/** Which organizations, and what becomes of what they used. */
export interface Selection {
  organization?: string | undefined;
  /** With organization: this plan instead of the one the rules give. */
  plan?: string | undefined;
  keepUsage: boolean;
}

/** An organization whose credits are not what its plan gives; amounts are exact decimal text, in pool order. */
export interface Due {
  organization: string;
  from: string | null;
  to: string;
  /** Its key was never allocated. */
  first: boolean;
  changed: boolean;
  /** What the plan gives, and what the pools total now without extra credits. */
  credits: string[];
  totals: string[];
  /** What can be spent now, and then. */
  available: string[];
  after: string[];
  minted: string[];
  /** More is in use than the plan gives: what the downgrade policy makes of it. */
  downgrade: 'clamp' | 'defer' | 'refuse' | null;
}

/**
 * Organizations whose entitlement is not what their pools total, those first where most changes, with what
 * creditshift.allocate would make of them now.
 */
export async function dueOf(tx: Queryable, { model }: Session, selection: Selection): Promise<Due[]> {
  const { organization = null, plan = null, keepUsage } = selection;
  const { table } = model.balances;
  const owner = `b.${quoteIdentifier(model.balances.owner)}`;
  const key = model.key.text;
  const pools = model.pools.map(p => {
    const [total, extra] = [p.total, p.allocation.extra].map(quoteIdentifier);
    return `(${p.position}, ${p.available.b}::numeric, b.${total}::numeric, coalesce(last.${extra}, 0)::numeric)`;
  });
  const text = `
    select ${owner}::text as organization, last.plan as "from", r.plan as "to", last.sequence is null as first,
           last.plan is distinct from r.plan as changed, e.credits::text[] as credits, pools.totals::text[] as totals,
           pools.available::text[] as available,
           case when d.stays then pools.available else pools.after end::text[] as after,
           case when d.stays then array_fill(0::numeric, array[cardinality(pools.minted)]) else pools.minted end::text[] as minted,
           case when pools.exceeds then d.policy end as downgrade
      from ${table} as b
      left join lateral (select a.* from creditshift.allocations as a
                          where a.organization = ${owner} order by a.sequence desc limit 1) as last on true
      cross join lateral (select coalesce($2::text, (creditshift.rule(${owner}, ${model.rule.value}, ${model.rule.active}, ${model.rule.trial})).plan)) as r (plan)
      cross join lateral creditshift.entitlement(${owner}, r.plan, ${model.page.total}, ${model.page.balance}) as e
      cross join lateral (
        select array_agg(u.total - u.extra order by u.position) as totals, array_agg(u.available order by u.position) as available,
               array_agg(u.after order by u.position) as after, array_agg(greatest(0, u.after - u.available) order by u.position) as minted,
               bool_or(u.used > u.target) as exceeds, sum(abs(u.after - u.available)) as size
          from (select k.*, greatest(0, k.target - k.used) + least(k.kept + k.carried, greatest(0, ${model.poolMax} - k.target)) as after
                  from (select v.*, e.credits[v.position]::numeric as target, least(v.extra, v.available) as kept,
                               -- A plan change carries nothing over: the migration did.
                               case when last.sequence is null then coalesce(e.carried[v.position], 0) else 0 end as carried,
                               case when $3 then v.total - v.extra - v.available + least(v.extra, v.available) else 0 end as used
                          from (values ${pools.join(', ')}) as v (position, available, total, extra)) as k) as u) as pools
      cross join lateral (select value as policy, pools.exceeds and value <> 'clamp' as stays
                            from creditshift.policies where policy = 'downgrade') as d
      join creditshift.plans as p on p.plan = r.plan
     where ($1::${key} is null or ${owner} = $1)
       and (last.plan is distinct from r.plan or (p.policy = 'grant' and e.credits::numeric[] <> pools.totals) or ($1::${key} is not null and $2::text is not null))
     order by pools.size desc, ${owner}`;
  try {
    return [...(await tx.unsafe<Due[]>(text, [organization, plan, keepUsage]))];
  } catch (error) {
    if (sqlstate(error) !== '22P02') throw error;
    throw new Problem('USAGE', `"${organization}" is not a key of type ${key}.`, {
      state: UNTOUCHED,
      next: 'creditshift reallocate --help',
    });
  }
}
