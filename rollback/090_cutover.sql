-- inverse of cutover: the legacy function stands again behind its name, with its grants, owner and dependents.
-- The new ones can be called by nobody but superuser and owner. Pools, log and history stay.
update creditshift.control set mode = 'disabled', changed_at = now();
{% for role in functions.execute -%}
revoke select on {{ functions.schema }}.organization_credit_summary from {{ role }};
revoke usage on schema creditshift from {{ role }};
{% endfor -%}
alter view {{ functions.schema }}.organization_credit_summary set schema creditshift;
{% for function in internalFunctions %}{% if function.exposed -%}
{% for role in function.callers -%}
revoke execute on function {{ functions.schema }}.{{ function.name }}({{ function.types | raw }}) from {{ role }};
{% endfor -%}
alter function {{ functions.schema }}.{{ function.name }}({{ function.types | raw }}) set schema creditshift;
{% endif %}{% for role in function.readers -%}
revoke execute on function creditshift.{{ function.name }}({{ function.types | raw }}) from {{ role }};
{% endfor %}{% endfor -%}
{% for function in functions.legacy -%}
alter function creditshift_aside.{{ function.name }}({{ function.types | raw }}) set schema {{ function.schema }};
{% endfor -%}
drop schema creditshift_aside;
notify pgrst, 'reload schema';
