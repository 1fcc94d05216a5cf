-- contract: the legacy balance columns are retired by renaming; a rollback names them back.
-- Locks the balance table ACCESS EXCLUSIVE for the catalog change only.
drop trigger creditshift_legacy_write on {{ balances.table }};
{% for entry in balances.retired -%}
alter table {{ balances.table }} rename column {{ entry.column }} to {{ entry.retired }};
{% endfor %}
{% render '_allocate', legacy: retired %}
