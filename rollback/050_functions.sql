-- inverse of functions: view and functions go, those of schema creditshift too.
drop view creditshift.organization_credit_summary;
{% for function in internalFunctions -%}
drop function creditshift.{{ function.name }}({{ function.types | raw }});
{% endfor %}
