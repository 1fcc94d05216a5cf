-- compare: legacy values as they are once all is settled, against the backup plus everything charged since.
with owed as (
  {% render '_owed' %}
), {% if settles %}unsettled as (
  {% render '_unsettled' %}
), {% render '_outcome' %}{% else %}outcome as (select null::{{ key | raw }} as organization, 0 as after where false){% endif %}
select coalesce(b.{{ balances.owner }}, r.{{ balances.owner }})::text as organization,
       coalesce(o.after, {{ balances.value.b | raw }})::text as current,
       greatest(least({{ balances.value.r | raw }}, 0), coalesce({{ balances.value.r | raw }}, 0) + coalesce(e.delta, 0))::text as backup,
       b.{{ balances.owner }} is null as gone,
       w.written::text as late
  from creditshift.restored as r
  left join {{ balances.table }} as b on b.{{ balances.owner }} = r.{{ balances.owner }}
  left join outcome as o on o.organization = r.{{ balances.owner }}
  left join owed as e on e.organization = r.{{ balances.owner }}
  left join (select l.organization, sum(coalesce(l.balance_after, 0) - coalesce(l.balance_before, 0)) as written
               from creditshift.late_writes as l group by 1) as w
         on w.organization = r.{{ balances.owner }}
 where b.{{ balances.owner }} is null
    or coalesce(o.after, {{ balances.value.b | raw }}, 0) <> greatest(least({{ balances.value.r | raw }}, 0), coalesce({{ balances.value.r | raw }}, 0) + coalesce(e.delta, 0))
    {% if balances.total %}or b.{{ balances.total }} is distinct from r.{{ balances.total }}
    {% endif %}{% if balances.used %}or b.{{ balances.used }} is distinct from r.{{ balances.used }}
    {% endif %}
 order by 1;
