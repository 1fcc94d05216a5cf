-- cutover: the one short switch. Callers keep the name; behind it stands the new function.
-- Locks the balance table SHARE ROW EXCLUSIVE, so that no legacy charge is in flight; no scan under the lock.
lock table {{ balances.table }} in share row exclusive mode;

-- A cutover makes charging live: not while someone has paused it.
do $creditshift$
begin
  if (select mode from creditshift.control) = 'maintenance' then
    raise exception 'charging is paused' using errcode = '57000';
  end if;
end $creditshift$;

-- The few organizations that changed since the last catch-up; more than 200 are too many to hold writers for.
do $creditshift$
begin
  if (select served from creditshift.catch_up((select caught_up from creditshift.control), null, 201)) > 200 then
    raise exception 'more than 200 organizations changed since the last catch-up' using errcode = '55000';
  end if;
  if exists (select from creditshift.exceptions where kind = 'failed') then
    raise exception 'an organization could not be allocated' using errcode = '55000';
  end if;
end $creditshift$;

create schema creditshift_aside authorization {{ balances.role }};
{% for function in functions.legacy -%}
alter function {{ function.schema }}.{{ function.name }}({{ function.types | raw }}) set schema creditshift_aside;
{% endfor %}
{% for function in internalFunctions %}{% if function.exposed -%}
alter function creditshift.{{ function.name }}({{ function.types | raw }}) set schema {{ functions.schema }};
{% for role in function.callers -%}
grant execute on function {{ functions.schema }}.{{ function.name }}({{ function.types | raw }}) to {{ role }};
{% endfor %}
{% endif %}{% for role in function.readers -%}
grant execute on function creditshift.{{ function.name }}({{ function.types | raw }}) to {{ role }};
{% endfor %}{% endfor -%}
alter view creditshift.organization_credit_summary set schema {{ functions.schema }};
{% for role in functions.execute -%}
grant usage on schema creditshift to {{ role }};
grant select on {{ functions.schema }}.organization_credit_summary to {{ role }};
{% endfor %}
update creditshift.control set mode = 'live', changed_at = now();
notify pgrst, 'reload schema';
