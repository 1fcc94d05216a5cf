-- inverse of harden: policies and privileges as they were found.
{% if functions.tenants.size > 0 -%}
drop policy creditshift_own_rows on {{ balances.table }};
drop policy creditshift_own_rows on {{ log.table }};
{% for role in functions.tenants -%}
revoke select on {{ balances.table }}, {{ log.table }} from {{ role }};
{% endfor -%}
{% endif -%}
drop policy if exists creditshift_as_before on {{ balances.table }};
drop policy if exists creditshift_as_before on {{ log.table }};
do $creditshift$
declare
  v_statement text;
begin
  for v_statement in select statement from creditshift.hardened order by position desc loop
    execute v_statement;
  end loop;
end $creditshift$;
drop table creditshift.hardened;
