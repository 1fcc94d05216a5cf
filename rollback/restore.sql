-- restore: legacy values by key from the backup, charges since then replayed; rows that are equal are not touched.
update {{ balances.table }} as b
   set {{ balances.balance }} = greatest(least(r.{{ balances.balance }}, 0), coalesce(r.{{ balances.balance }}, 0) + coalesce(e.delta, 0))
       {%- if balances.total %}, {{ balances.total }} = r.{{ balances.total }}{% endif %}
       {%- if balances.used %}, {{ balances.used }} = r.{{ balances.used }}{% endif %}
  from creditshift.restored as r
  left join (select l.{{ log.owner }} as organization, sum(l.legacy_delta) as delta
               from {{ log.table }} as l where l.sequence is not null group by 1) as e
         on e.organization = r.{{ balances.owner }}
 where b.{{ balances.owner }} = r.{{ balances.owner }}
   and (coalesce(b.{{ balances.balance }}, 0) <> greatest(least(r.{{ balances.balance }}, 0), coalesce(r.{{ balances.balance }}, 0) + coalesce(e.delta, 0))
        {%- if balances.total %} or b.{{ balances.total }} is distinct from r.{{ balances.total }}{% endif %}
        {%- if balances.used %} or b.{{ balances.used }} is distinct from r.{{ balances.used }}{% endif %});
