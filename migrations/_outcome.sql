-- What a settlement makes of the balances of `unsettled`: charges go back at the legacy cost in each entry; the clamp at zero
-- never raises a balance, and what it could not pay is a shortfall that later credits pay off first.
due as (
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
  select d.organization, d.through, d.delta, d.shortfall, coalesce({{ balances.value.b | raw }}, 0) as before,
         d.delta - greatest(0, least(d.delta, d.shortfall)) as effective
    from due as d
    join {{ balances.table }} as b on b.{{ balances.owner }} = d.organization
     {% if lock %}for no key update of b{% endif %}
), outcome as (
  select *, greatest(least(before, 0), before + effective) as after
    from paid
)
