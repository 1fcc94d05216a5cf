-- settle: one page of organizations. $1 key before the page, $2 last key of the page.
-- Charges go back to the unified balance at the legacy cost in each entry; a balance is never raised by the clamp at
-- zero, and what it could not pay is a shortfall that later credits pay off first. Watermark and balance move together.
-- Counters beyond the watermark say who has entries to settle, so that no run reads the log as a whole. Entry 1 is an
-- organization's first allocation, which moves nothing: said apart, since the planner has statistics for that.
with unsettled as (
  select b.{{ balances.owner }} as organization, coalesce(s.through_sequence, 1) as through, coalesce(s.shortfall, 0) as shortfall
    from {{ balances.table }} as b
    left join creditshift.settled as s on s.organization = b.{{ balances.owner }}
   where b.last_sequence > 1
     and b.last_sequence > coalesce(s.through_sequence, 1)
     and ($1::{{ key | raw }} is null or b.{{ balances.owner }} > $1)
     and ($2::{{ key | raw }} is null or b.{{ balances.owner }} <= $2)
), owed as (
  select u.organization, e.delta, e.through, u.shortfall
    from unsettled as u
    cross join lateral (
           select sum(entry.legacy_delta)::{{ legacyType | raw }} as delta, max(entry.sequence) as through
             from (select l.sequence, l.legacy_delta from {{ log.table }} as l
                    where l.{{ log.owner }} = u.organization and l.sequence > u.through
                   union all
                   select a.sequence, a.legacy_delta from creditshift.allocations as a
                    where a.organization = u.organization and a.sequence > u.through and a.legacy_delta <> 0) as entry
         ) as e
   where e.through is not null
), paid as (
  select o.organization, o.through, o.delta, o.shortfall, coalesce(b.{{ balances.balance }}, 0) as before,
         o.delta - greatest(0, least(o.delta, o.shortfall)) as effective
    from owed as o
    join {{ balances.table }} as b on b.{{ balances.owner }} = o.organization
     for no key update of b
), outcome as (
  select *, greatest(least(before, 0), before + effective) as after
    from paid
), moved as (
  update {{ balances.table }} as b
     set {{ balances.balance }} = o.after
    from outcome as o
   where b.{{ balances.owner }} = o.organization
     and o.after <> o.before
), watermark as (
  insert into creditshift.settled (organization, through_sequence, charged, shortfall)
  select organization, through, -delta, after - before - effective + shortfall - (delta - effective)
    from outcome
      on conflict (organization) do update
     set through_sequence = excluded.through_sequence,
         charged = creditshift.settled.charged + excluded.charged,
         shortfall = excluded.shortfall,
         at = clock_timestamp()
)
select organization::text as organization, before::text as before, after::text as after, (-delta)::text as charged,
       (after - before - effective)::text as shortfall
  from outcome;
