-- inverse of validate: the same limits, unchecked for rows of before.
{% for pool in pools -%}
alter table {{ balances.table }}
  drop constraint {{ pool.limit }},
  add constraint {{ pool.limit }} check (0 <= {{ pool.counter }} and {{ pool.counter }} <= {{ pool.total }}) not valid;
{% endfor %}
