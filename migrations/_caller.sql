  if coalesce(nullif(current_setting('role'), 'none'), session_user)
       <> all (array[{% for role in functions.actForAll %}{{ role | lit }}, {% endfor %}{{ balances.role | lit }}]) then
    if not pg_has_role(coalesce(nullif(current_setting('role'), 'none'), session_user), {{ balances.role | lit }}, 'member') then
      {%- if ownerOnly %}
      raise exception 'permission denied for this organization' using errcode = '42501';
      {%- elsif functions.membership %}
      declare
        v_user {{ functions.membership.table }}.{{ functions.membership.user }}%type;
      begin
        v_user := nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> {{ functions.membership.claim | lit }};
        if not exists (select from {{ functions.membership.table }} as m
                        where m.{{ functions.membership.user }} = v_user and m.{{ functions.membership.organization }} = {{ organization | raw }}) then
          raise exception 'permission denied for this organization' using errcode = '42501';
        end if;
      -- A claim that cannot be a user's key is nobody's.
      exception when data_exception then
        raise exception 'permission denied for this organization' using errcode = '42501';
      end;
      {%- else %}
      if ({{ organization | raw }}::text = nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> {{ functions.claim | lit }}) is not true then
        raise exception 'permission denied for this organization' using errcode = '42501';
      end if;
      {%- endif %}
    end if;
  end if;
