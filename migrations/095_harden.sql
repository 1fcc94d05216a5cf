-- harden: a tenant's users read their own rows and change none; anon and PUBLIC reach no credits; prices stay readable.
-- Locks the balance table and the log ACCESS EXCLUSIVE for the catalog change only.
-- What is taken away is kept as statements in creditshift.hardened, which the inverse runs.
create table creditshift.hardened (
  position  integer generated always as identity primary key,
  statement text not null
);
alter table creditshift.hardened owner to {{ balances.role }};

-- Every name is written with its schema in what is kept.
set local search_path = pg_catalog, pg_temp;

do $creditshift$
declare
  v_tenants   text[] := array[{% for role in functions.tenants %}{{ role | lit }}{% unless forloop.last %}, {% endunless %}{% endfor %}]::text[];
  v_actions   regclass := {{ actions.table | lit }};
  v_owned     regclass[] := array[{{ balances.table | lit }}, {{ log.table | lit }}]::regclass[];
  -- 0 is PUBLIC.
  v_untrusted oid[] := array(select oid from pg_roles where rolname = any (v_tenants || 'anon'::text)) || 0::oid;
  v_others    text;
  v_secured   boolean;
  v_table     regclass;
  r           record;
begin
  -- Privileges: all but reading prices; a tenant's users get back to read.
  for r in
    select format('%s on %s %s', string_agg(a.privilege_type || a.columns, ', '), a.kind, a.object) as what,
           case a.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end as role,
           case when a.is_grantable then ' with grant option' else '' end as option
      from (select case c.relkind when 'S' then 'sequence' else 'table' end as kind, c.oid::regclass as object, '' as columns, x.*
              from pg_class as c, aclexplode(c.relacl) as x
             where c.oid = any (v_owned || v_actions)
                or c.oid in (select d.objid from pg_depend as d
                              where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass
                                and d.refobjid = any (v_owned || v_actions) and d.deptype in ('a', 'i'))
                   and c.relkind = 'S'
             union all
            select 'table', t.attrelid::regclass, format(' (%I)', t.attname), x.*
              from pg_attribute as t, aclexplode(t.attacl) as x
             where t.attrelid = any (v_owned || v_actions) and not t.attisdropped) as a
     where a.grantee = any (v_untrusted) and not (a.object = v_actions and a.privilege_type = 'SELECT')
     group by a.kind, a.object, a.grantee, a.is_grantable
  loop
    execute format('revoke %s from %s', r.what, r.role);
    insert into creditshift.hardened (statement) values (format('grant %s to %s%s', r.what, r.role, r.option));
  end loop;

  foreach v_table in array v_owned loop
    select relrowsecurity into v_secured from pg_class where oid = v_table;
    -- Who else reaches the table and does not pass row security by: their way in stays.
    select string_agg(distinct quote_ident(o.rolname), ', ') into v_others
      from pg_class as c, aclexplode(c.relacl) as a join pg_roles as o on o.oid = a.grantee
     where c.oid = v_table and a.grantee <> c.relowner and a.grantee <> all (v_untrusted) and not (o.rolbypassrls or o.rolsuper);
    if not v_secured then
      execute format('alter table %s enable row level security', v_table);
      insert into creditshift.hardened (statement) values (format('alter table %s disable row level security', v_table));
      if v_others is not null then
        execute format('create policy creditshift_as_before on %s to %s using (true) with check (true)', v_table, v_others);
      end if;
    end if;

    -- Policies that look at no column of the row open every tenant's rows.
    for r in
      select p.polname as name, pg_get_expr(p.polqual, p.polrelid) as qual, pg_get_expr(p.polwithcheck, p.polrelid) as "check",
             case p.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' else 'all' end as command,
             (select string_agg(case role when 0 then 'public' else quote_ident(pg_get_userbyid(role)) end, ', ') from unnest(p.polroles) as role) as roles,
             case when 0 = any (p.polroles) then v_others
                  else (select string_agg(quote_ident(pg_get_userbyid(role)), ', ') from unnest(p.polroles) as role where role <> all (v_untrusted)) end as others
        from pg_policy as p
       where p.polrelid = v_table and p.polpermissive and p.polroles && v_untrusted
         and not exists (select from pg_depend as d
                          where d.classid = 'pg_policy'::regclass and d.objid = p.oid
                            and d.refclassid = 'pg_class'::regclass and d.refobjid = p.polrelid and d.refobjsubid > 0)
    loop
      if r.others is null then
        execute format('drop policy %I on %s', r.name, v_table);
        insert into creditshift.hardened (statement)
        values (format('create policy %I on %s for %s to %s', r.name, v_table, r.command, r.roles)
                || coalesce(' using (' || r.qual || ')', '') || coalesce(' with check (' || r."check" || ')', ''));
      else
        execute format('alter policy %I on %s to %s', r.name, v_table, r.others);
        insert into creditshift.hardened (statement) values (format('alter policy %I on %s to %s', r.name, v_table, r.roles));
      end if;
    end loop;
  end loop;
end $creditshift$;

{% if functions.tenants.size > 0 -%}
{% for role in functions.tenants -%}
grant select on {{ balances.table }}, {{ log.table }} to {{ role }};
{% endfor -%}
create policy creditshift_own_rows on {{ balances.table }}
  for select to {% for role in functions.tenants %}{{ role }}{% unless forloop.last %}, {% endunless %}{% endfor %}
  using ({{ balances.owner }} in (select creditshift.own_organizations()));
create policy creditshift_own_rows on {{ log.table }}
  for select to {% for role in functions.tenants %}{{ role }}{% unless forloop.last %}, {% endunless %}{% endfor %}
  using ({{ log.owner }} in (select creditshift.own_organizations()));
{% endif -%}
