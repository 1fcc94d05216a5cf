-- drop-legacy: the retired columns and the set-aside function go for good. There is no way back from here.
-- Locks the balance table ACCESS EXCLUSIVE for the catalog change only.
{% for function in functions.legacy -%}
drop function creditshift_aside.{{ function.name }}({{ function.types | raw }});
{% endfor -%}
drop schema creditshift_aside;
{% for entry in balances.dropOrder -%}
alter table {{ balances.table }} drop column {{ entry.retired }};
{% endfor %}
{% render '_allocate', legacy: dropped %}
