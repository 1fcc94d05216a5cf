-- inverse of expand-balances. The space of the dropped columns comes back only when the table is rewritten.
{% for pool in pools -%}
alter table creditshift.allocations
  drop column {{ pool.allocation.before }},
  drop column {{ pool.allocation.granted }},
  drop column {{ pool.allocation.forfeited }},
  drop column {{ pool.allocation.after }},
  drop column {{ pool.allocation.extra }},
  drop column {{ pool.allocation.carried }};
{% endfor %}
{% for pool in pools -%}
alter table {{ balances.table }}
  drop constraint {{ pool.limit }},
  drop column {{ pool.total }},
  drop column {{ pool.counter }};
{% endfor %}
alter table {{ balances.table }}
  drop column last_updated,
  drop column last_sequence,
  reset (fillfactor);
