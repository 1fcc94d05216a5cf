-- inverse of shadow: the legacy function stands again behind its name. What the shim noted stays, until drop.
-- A statement under way may call the shim once more for its next row: it is kept, out of reach, and hands on.
{% for shim in functions.shims -%}
do $creditshift$
declare
  v_found regprocedure := to_regprocedure({{ shim.inPlace | lit }});
begin
  if v_found is not null then
    if (select prosrc from pg_proc where oid = v_found) not like '%creditshift\_shadow.%' then
      raise exception '% is no longer the shim', v_found using errcode = '55000';
    end if;
    alter function {{ shim.schema }}.{{ shim.name }}({{ shim.types | raw }}) rename to creditshift_shim;
    alter function {{ shim.schema }}.creditshift_shim({{ shim.types | raw }}) set schema creditshift_shadow;
  end if;
end $creditshift$;
alter function creditshift_shadow.{{ shim.name }}({{ shim.types | raw }}) set schema {{ shim.schema }};
{% endfor -%}
notify pgrst, 'reload schema';
