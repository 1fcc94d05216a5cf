-- inverse of shadow: the legacy function stands again behind its name. What the shim noted stays, until drop.
-- Who noted a call keeps this lock to the end of its transaction, so nobody is between two calls of a shim that goes.
lock table creditshift.shadow_calls in access exclusive mode;
{% for shim in functions.shims -%}
do $creditshift$
begin
  if exists (select from pg_proc where oid = to_regprocedure({{ shim.inPlace | lit }}) and prosrc not like '%creditshift\_shadow.%') then
    raise exception '% is no longer the shim', {{ shim.inPlace | lit }} using errcode = '55000';
  end if;
end $creditshift$;
drop function if exists {{ shim.schema }}.{{ shim.name }}({{ shim.types | raw }});
alter function creditshift_shadow.{{ shim.name }}({{ shim.types | raw }}) set schema {{ shim.schema }};
{% endfor -%}
drop function creditshift_shadow.note(text, text, text, text);
drop schema creditshift_shadow;
notify pgrst, 'reload schema';
