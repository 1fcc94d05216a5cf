-- validate: the limits hold for every row.
-- Locks the balance table SHARE UPDATE EXCLUSIVE while it scans: reads and writes go on.
{% for pool in added -%}
alter table {{ balances.table }} validate constraint {{ pool.limit }};
{% endfor %}
