-- inverse of contract: the legacy columns have their names again.
{% for entry in balances.retired -%}
alter table {{ balances.table }} rename column {{ entry.retired }} to {{ entry.column }};
{% endfor %}
{% render '_allocate', legacy: kept %}
{% render '_legacy_write_trigger' %}
