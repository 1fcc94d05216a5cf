-- expand-balances: the pool columns, their limits (not yet validated), and the counter that numbers entries.
-- Locks the balance table ACCESS EXCLUSIVE for the catalog change only: no rewrite, no scan.
{% if initial %}
alter table {{ balances.table }}
  add column last_sequence bigint not null default 0,
  add column last_updated timestamptz,
  set (fillfactor = 85);
{% endif %}
{% for pool in added -%}
alter table {{ balances.table }}
  add column {{ pool.counter }} {{ pool.type | raw }} not null default 0,
  add column {{ pool.total }} {{ pool.type | raw }} not null default 0,
  add constraint {{ pool.limit }} check (0 <= {{ pool.counter }} and {{ pool.counter }} <= {{ pool.total }}) not valid;
{% endfor %}
{% for pool in added -%}
-- extra: what of the pool's total the plan did not give: top-ups, and reversals that a plan's credits leave no room for,
-- and carried: what of the unified balance was carried over, as of this entry.
alter table creditshift.allocations
  add column {{ pool.allocation.before }} bigint not null default 0,
  add column {{ pool.allocation.granted }} bigint not null default 0,
  add column {{ pool.allocation.forfeited }} bigint not null default 0,
  add column {{ pool.allocation.after }} bigint not null default 0,
  add column {{ pool.allocation.extra }} bigint,
  add column {{ pool.allocation.carried }} bigint;
{% endfor %}
