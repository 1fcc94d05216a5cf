-- shadow: behind the legacy function's name stands a shim, which calls the legacy one, set aside whole, notes the call and
-- hands back its answer. It decides nothing, and what it cannot note it does without. Locks nothing of yours.
{% render '_retired_shim' %}
create schema creditshift_shadow authorization {{ balances.role }};
set local role {{ balances.role }};

-- All that a shim may do with what it notes: add to it. Whether the call was allowed is known where the answer says so.
create function creditshift_shadow.note(p_organization text, p_action text, p_quantity text, p_answer text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $creditshift$
begin
  insert into creditshift.shadow_calls (organization, action, quantity, allowed)
  values (p_organization::{{ key | raw }}, p_action, p_quantity::numeric,
          case when p_answer in ('true', 'false') then p_answer
               else substring(p_answer from '"success"\s*:\s*(true|false)') end::boolean);
end $creditshift$;
revoke all on function creditshift_shadow.note(text, text, text, text) from public{% for role in functions.revoke %}, {{ role }}{% endfor %};
reset role;

{% for shim in functions.shims -%}
grant usage, create on schema creditshift_shadow to {{ shim.owner }};
grant execute on function creditshift_shadow.note(text, text, text, text) to {{ shim.owner }};

-- It sets no search_path: the legacy function gets its caller's. So every name in it is written in full.
create function creditshift_shadow.creditshift_shim({{ shim.parameters | raw }}) returns {{ shim.returns | raw }}
language plpgsql security {% if shim.definer %}definer{% else %}invoker{% endif %} as $creditshift$
declare
  -- A legacy function that calls another, or itself, is one call.
  v_within boolean := pg_catalog.current_setting('creditshift.shadow', true) operator(pg_catalog.=) 'on';
  v_answer {{ shim.returns | raw }};
begin
  begin
    perform pg_catalog.set_config('creditshift.shadow', 'on', true);
    v_answer := creditshift_shadow.{{ shim.name }}({{ shim.passed | raw }});
  exception when undefined_function or invalid_schema_name then
    -- The shim was taken away while this call was under way: the legacy function stands behind its name again.
    if pg_catalog.to_regprocedure({{ shim.setAside | lit }}) is not null then
      raise;
    end if;
    return {{ shim.schema }}.{{ shim.name }}({{ shim.passed | raw }});
  end;
  if v_within then
    return v_answer;
  end if;
  perform pg_catalog.set_config('creditshift.shadow', '', true);
  begin
    perform creditshift_shadow.note({{ shim.organization | raw }}, {{ shim.action | raw }}, {{ shim.quantity | raw }}, v_answer::pg_catalog.text);
  exception
    when transaction_rollback then
      raise;
    when others then
      null;
  end;
  return v_answer;
end $creditshift$;
alter function creditshift_shadow.creditshift_shim({{ shim.types | raw }}) owner to {{ shim.owner }};

-- Who may call the legacy function may call the shim, and nobody else; one with its caller's rights needs the way to both.
do $creditshift$
declare
  v_legacy oid := {{ shim.inPlace | lit }}::regprocedure;
  v_shim   regprocedure := 'creditshift_shadow.creditshift_shim({{ shim.types | raw }})';
  v_entry  record;
begin
  for v_entry in
    select p.oid, case a.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end as role,
           case when a.is_grantable then ' with grant option' else '' end as option
      from pg_proc as p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) as a
     where p.oid in (v_shim, v_legacy)
     order by p.oid = v_legacy
  loop
    if v_entry.oid = v_shim then
      execute format('revoke all on function %s from %s', v_shim, v_entry.role);
    else
      execute format('grant execute on function %s to %s%s', v_shim, v_entry.role, v_entry.option);
      {%- unless shim.definer %}
      execute format('grant usage on schema creditshift_shadow to %s', v_entry.role);
      execute format('grant execute on function creditshift_shadow.note(text, text, text, text) to %s', v_entry.role);
      {%- endunless %}
    end if;
  end loop;
  execute format('comment on function %s is %L', v_shim, obj_description(v_legacy, 'pg_proc'));
end $creditshift$;

alter function {{ shim.schema }}.{{ shim.name }}({{ shim.types | raw }}) set schema creditshift_shadow;
alter function creditshift_shadow.creditshift_shim({{ shim.types | raw }}) set schema {{ shim.schema }};
alter function {{ shim.schema }}.creditshift_shim({{ shim.types | raw }}) rename to {{ shim.name }};
{% endfor -%}
notify pgrst, 'reload schema';
