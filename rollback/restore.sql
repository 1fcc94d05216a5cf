-- restore: legacy values by key from the backup, charges since then replayed; rows that are equal are not touched.
-- What the backup's balance could not have paid is then the shortfall.
with owed as (
  {% render '_owed' %}
), short as (
  update creditshift.settled as s
     set shortfall = greatest(0, least(0, r.{{ balances.balance }}) - coalesce(r.{{ balances.balance }}, 0) - coalesce(e.delta, 0))
    from creditshift.restored as r
    left join owed as e on e.organization = r.{{ balances.owner }}
   where s.organization = r.{{ balances.owner }}
)
update {{ balances.table }} as b
   set {{ balances.balance }} = greatest(least(r.{{ balances.balance }}, 0), coalesce(r.{{ balances.balance }}, 0) + coalesce(e.delta, 0))
       {%- if balances.total %}, {{ balances.total }} = r.{{ balances.total }}{% endif %}
       {%- if balances.used %}, {{ balances.used }} = r.{{ balances.used }}{% endif %}
  from creditshift.restored as r
  left join owed as e on e.organization = r.{{ balances.owner }}
 where b.{{ balances.owner }} = r.{{ balances.owner }}
   and (coalesce(b.{{ balances.balance }}, 0) <> greatest(least(r.{{ balances.balance }}, 0), coalesce(r.{{ balances.balance }}, 0) + coalesce(e.delta, 0))
        {%- if balances.total %} or b.{{ balances.total }} is distinct from r.{{ balances.total }}{% endif %}
        {%- if balances.used %} or b.{{ balances.used }} is distinct from r.{{ balances.used }}{% endif %});
