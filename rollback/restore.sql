-- restore: legacy values by key from the backup, charges since then replayed; rows that are equal are not touched.
-- What the backup's balance could not have paid is then the shortfall.
with owed as (
  {% render '_owed' %}
), target as (
  select r.*, greatest(least({{ balances.value.r | raw }}, 0), coalesce({{ balances.value.r | raw }}, 0) + coalesce(e.delta, 0)) as creditshift_balance
    from creditshift.restored as r
    left join owed as e on e.organization = r.{{ balances.owner }}
), short as (
  update creditshift.settled as s
     set shortfall = greatest(0, least(0, {{ balances.value.r | raw }}) - coalesce({{ balances.value.r | raw }}, 0) - coalesce(e.delta, 0))
    from creditshift.restored as r
    left join owed as e on e.organization = r.{{ balances.owner }}
   where s.organization = r.{{ balances.owner }}
)
update {{ balances.table }} as b
   set {{ balances.moved }} = {{ balances.put.restore | raw }}
       {%- if balances.total %}, {{ balances.total }} = t.{{ balances.total }}{% endif %}
       {%- if balances.used %}, {{ balances.used }} = t.{{ balances.used }}{% endif %}
  from target as t
 where b.{{ balances.owner }} = t.{{ balances.owner }}
   and (coalesce({{ balances.value.b | raw }}, 0) <> t.creditshift_balance
        {%- if balances.total %} or b.{{ balances.total }} is distinct from t.{{ balances.total }}{% endif %}
        {%- if balances.used %} or b.{{ balances.used }} is distinct from t.{{ balances.used }}{% endif %});
