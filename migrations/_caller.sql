  v_caller := case current_setting('role') when 'none' then session_user else current_setting('role') end;
  if (v_caller = any (array[{% for role in functions.actForAll %}{{ role | lit }}, {% endfor %}{{ balances.role | lit }}])
      or pg_has_role(v_caller, {{ balances.role | lit }}, 'member')
      {%- if ownerOnly %}{% elsif functions.membership %}
      or exists (
           select from {{ functions.membership.table }} as m
            where m.{{ functions.membership.organization }} = {{ organization | raw }}
              and m.{{ functions.membership.user }}::text
                  = nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> {{ functions.membership.claim | lit }}
         )
      {%- else %}
      or {{ organization | raw }}::text = nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> {{ functions.claim | lit }}
      {%- endif %}) is not true then
    raise exception 'permission denied for this organization' using errcode = '42501';
  end if;
