create trigger creditshift_legacy_write
  after update of {{ balances.moved }}{% if balances.total %}, {{ balances.total }}{% endif %}{% if balances.plan %}, {{ balances.plan }}{% endif %} on {{ balances.table }}
  for each row
  when (old.{{ balances.moved }} is distinct from new.{{ balances.moved }}
        {%- if balances.total %} or old.{{ balances.total }} is distinct from new.{{ balances.total }}{% endif %}
        {%- if balances.plan %} or old.{{ balances.plan }} is distinct from new.{{ balances.plan }}{% endif %})
  execute function creditshift.on_legacy_write();
alter table {{ balances.table }} enable always trigger creditshift_legacy_write;
