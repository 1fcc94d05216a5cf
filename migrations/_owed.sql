-- What the entries of each organization come to in legacy credits; before the log is expanded there are none.
{% if hasEntries %}select entry.organization, sum(entry.legacy_delta) as delta
  from (select l.{{ log.owner }} as organization, l.legacy_delta from {{ log.table }} as l where l.sequence is not null
        union all
        select a.organization, a.legacy_delta from creditshift.allocations as a where a.legacy_delta <> 0) as entry
 group by 1{% else %}select null::{{ key | raw }} as organization, 0 as delta where false{% endif %}
