-- settle: the organizations $1, or all. Watermark and balance move together.
with unsettled as (
  {% render '_unsettled' %}
     and ($1::text[] is null or b.{{ balances.owner }} = any ($1::text[]::{{ key | raw }}[]))
), {% render '_outcome', lock: true %}, moved as (
  update {{ balances.table }} as b
     set {{ balances.moved }} = {{ balances.put.settle | raw }}
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
