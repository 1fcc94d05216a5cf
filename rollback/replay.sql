-- replay: the legacy values of the backup with everything charged since, or those of now where they are to be believed.
-- Rows that are equal are not touched.
with target as (
  select s.organization,
         case when {{ believeCurrent | lit }} and s.current is not null then s.current
              else greatest(least({{ balances.value.b | raw }}, 0), coalesce({{ balances.value.b | raw }}, 0) + s.delta) end as balance
         {%- if balances.total %}, case when {{ believeCurrent | lit }} then s.total end as total{% endif %}
         {%- if balances.used %}, case when {{ believeCurrent | lit }} then s.used end as used{% endif %}
    from creditshift_since as s
    join {{ balances.table }} as b on b.{{ balances.owner }} = s.organization
)
update {{ balances.table }} as b
   set {{ balances.moved }} = {{ balances.put.replay | raw }}
       {%- if balances.total %}, {{ balances.total }} = coalesce(t.total, b.{{ balances.total }}){% endif %}
       {%- if balances.used %}, {{ balances.used }} = coalesce(t.used, b.{{ balances.used }}){% endif %}
  from target as t
 where b.{{ balances.owner }} = t.organization
   and (coalesce({{ balances.value.b | raw }}, 0) <> t.balance
        {%- if balances.total %} or b.{{ balances.total }} <> t.total{% endif %}
        {%- if balances.used %} or b.{{ balances.used }} <> t.used{% endif %});
