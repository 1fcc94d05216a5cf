import type { Model } from '../config/model.ts';
import { quoteIdentifier as q } from '../config/names.ts';

/**
 * An insert of the openings that stand for the entries of `condition`, one for each run of numbers without a gap: allocations
 * stay, and part the runs; so does what is settled from what is not. An opening beside a run is taken into it.
 */
export function openingsSql({ log, pools }: Model, condition: string): string {
  const each = (of: (pool: Model['pools'][number]) => string) => pools.map(of).join(', ');
  const n = (pool: { position: number }) => pool.position;
  return `
    with going as materialized (
      select l.${q(log.owner)} as organization, l.sequence as first, l.sequence, l.${q(log.at)}::timestamptz as at, l.legacy_delta, true as entry,
             ${each(
               p => `coalesce(l.${q(p.after)}, 0)::bigint + l.${q(p.consumed)} as before_${n(p)}, greatest(0, - l.${q(p.consumed)})::bigint as granted_${n(p)},
             greatest(0, l.${q(p.consumed)})::bigint as charged_${n(p)}, coalesce(l.${q(p.after)}, 0)::bigint as after_${n(p)}`,
             )}
        from ${log.table} as l where ${condition}
    ), beside as (
      select * from going
      union all
      select a.organization, a.first_sequence, a.sequence, a.at, a.legacy_delta, false,
             ${each(({ allocation: a }) => `a.${q(a.before)}, a.${q(a.granted)}, a.${q(a.forfeited)}, a.${q(a.after)}`)}
        from creditshift.allocations as a
       where a.kind = 'opening' and a.organization in (select g.organization from going as g)
    ), ordered as (
      select b.*, b.sequence <= coalesce(s.through_sequence, 0) as settled
        from beside as b left join creditshift.settled as s on s.organization = b.organization
    ), parted as (
      select *, (lag(sequence) over run + 1 = first and lag(settled) over run = settled) is not true as begins
        from ordered window run as (partition by organization order by sequence)
    ), numbered as (
      select *, count(*) filter (where begins) over (partition by organization order by sequence) as run from parted
    ), opening as (
      select organization, min(first) as first, max(sequence) as sequence, max(at) as at, sum(legacy_delta) as legacy_delta,
             ${each(
               p => `(array_agg(before_${n(p)} order by sequence))[1] as before_${n(p)}, sum(granted_${n(p)})::bigint as granted_${n(p)},
             sum(charged_${n(p)})::bigint as charged_${n(p)}, (array_agg(after_${n(p)} order by sequence desc))[1] as after_${n(p)}`,
             )}
        from numbered group by organization, run having bool_or(entry)
    )
    insert into creditshift.allocations as a (
      organization, sequence, first_sequence, kind, plan, reason, legacy_delta, at,
      ${each(({ allocation: a }) => [a.before, a.granted, a.forfeited, a.after, a.extra].map(q).join(', '))}
    )
    select o.organization, o.sequence, o.first, 'opening', last.plan, format('entries %s to %s, archived', o.first, o.sequence), o.legacy_delta, o.at,
           ${each(p => `o.before_${n(p)}, o.granted_${n(p)}, o.charged_${n(p)}, o.after_${n(p)}, last.${q(p.allocation.extra)}`)}
      from opening as o
      left join lateral (select * from creditshift.allocations as a
                          where a.organization = o.organization and a.sequence < o.first order by a.sequence desc limit 1) as last on true
        on conflict (organization, sequence) do update
       set first_sequence = excluded.first_sequence, reason = excluded.reason, legacy_delta = excluded.legacy_delta,
           ${each(({ allocation: a }) => [a.before, a.granted, a.forfeited].map(c => `${q(c)} = excluded.${q(c)}`).join(', '))}
     where a.kind = 'opening'`;
}

/** Removes openings that a longer one has taken in, of the organizations $1. */
export const takenInSql = ({ key }: Model): string => `
  delete from creditshift.allocations as a
   using creditshift.allocations as longer
   where a.organization = any ($1::text[]::${key}[]) and a.kind = 'opening'
     and longer.organization = a.organization and longer.kind = 'opening'
     and longer.first_sequence <= a.first_sequence and longer.sequence > a.sequence`;

/** Of the openings of the organizations $1: how many entries they stand for, what they come to, and how many contradict themselves. */
export const standingSql = ({ key, pools }: Model): string => `
  select coalesce(sum(a.sequence - a.first_sequence + 1), 0)::text as entries, coalesce(sum(a.legacy_delta), 0)::text as delta,
         json_build_array(${pools.map(({ allocation: a }) => `coalesce(sum(a.${q(a.granted)} - a.${q(a.forfeited)}), 0)::text`).join(', ')}) as changes,
         (count(*) filter (where ${pools.map(({ allocation: a }) => `a.${q(a.before)} + a.${q(a.granted)} - a.${q(a.forfeited)} <> a.${q(a.after)}`).join(' or ')}))::integer as broken
    from creditshift.allocations as a
   where a.kind = 'opening' and a.organization = any ($1::text[]::${key}[])`;
