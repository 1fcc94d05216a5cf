-- triggers: new organizations get their plan's pools by themselves, deleted ones take their entries with them; writes to the legacy columns are noticed.
-- Locks the balance table SHARE ROW EXCLUSIVE for the catalog change: reads go on, writes wait for milliseconds.
{% for function in functions.legacy -%}
insert into creditshift.legacy_functions (signature, hash) values ({{ function.signature | lit }}, {{ function.hash | lit }});
{% endfor %}
create trigger creditshift_new_organization
  after insert on {{ balances.table }}
  for each row execute function creditshift.on_new_organization();
create trigger creditshift_deleted_organization
  after delete on {{ balances.table }}
  for each row execute function creditshift.on_deleted_organization();
{% render '_legacy_write_trigger' %}
