-- What a shim that was taken away left for calls that were under way.
{% for shim in functions.shims -%}
drop function if exists creditshift_shadow.creditshift_shim({{ shim.types | raw }});
{% endfor -%}
drop function if exists creditshift_shadow.note(text, text, text, text);
drop schema if exists creditshift_shadow;
