import type { Queryable } from '../database/connect.ts';

export interface RowSecurityRow {
  table: string;
  owner: string;
  enabled: boolean;
  forced: boolean;
}

export async function readRowSecurity(tx: Queryable, tables: readonly string[]): Promise<RowSecurityRow[]> {
  return tx<RowSecurityRow[]>`
    select format('%I.%I', n.nspname, c.relname) as "table", pg_get_userbyid(c.relowner) as owner,
           c.relrowsecurity as enabled, c.relforcerowsecurity as forced
      from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
     where c.oid = any (${tables}::text[]::regclass[])
     order by 1`;
}

export interface PolicyRow {
  table: string;
  policy: string;
  command: string;
  permissive: boolean;
  roles: string;
  using: string | null;
  check: string | null;
  /** `true`: lets every row through; `role only`: looks at who asks but at no column of the row. */
  opening: 'true' | 'role only' | null;
}

/** Row security policies; those that do not tell one tenant's row from another's are marked. */
export async function readPolicies(tx: Queryable, tables: readonly string[]): Promise<PolicyRow[]> {
  return tx<PolicyRow[]>`
    select format('%I.%I', n.nspname, c.relname) as "table", p.polname as policy,
           case p.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' else 'all' end as command,
           p.polpermissive as permissive,
           (select string_agg(case r when 0 then 'PUBLIC' else pg_get_userbyid(r)::text end, ', ') from unnest(p.polroles) as r) as roles,
           pg_get_expr(p.polqual, p.polrelid) as using,
           pg_get_expr(p.polwithcheck, p.polrelid) as check,
           case when not p.polpermissive then null
                when 'true' in (pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)) then 'true'
                when not exists (select from pg_depend as d
                                  where d.classid = 'pg_policy'::regclass and d.objid = p.oid
                                    and d.refclassid = 'pg_class'::regclass and d.refobjid = p.polrelid and d.refobjsubid > 0)
                then 'role only' end as opening
      from pg_policy as p
      join pg_class as c on c.oid = p.polrelid
      join pg_namespace as n on n.oid = c.relnamespace
     where c.oid = any (${tables}::text[]::regclass[])
     order by 1, 2`;
}

export interface PrivilegeRow {
  table: string;
  /** Null: of the whole table. */
  column: string | null;
  grantee: string;
  privileges: string;
}

/** What roles other than the owner may do, on tables and on single columns. */
export async function readPrivileges(tx: Queryable, tables: readonly string[]): Promise<PrivilegeRow[]> {
  return tx<PrivilegeRow[]>`
    with granted as (
      select c.oid, null::name as attname, a.grantee, a.privilege_type
        from pg_class as c, aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) as a
       where a.grantee <> c.relowner
      union all
      select t.attrelid, t.attname, a.grantee, a.privilege_type
        from pg_attribute as t, aclexplode(t.attacl) as a
       where not t.attisdropped
    )
    select format('%I.%I', n.nspname, c.relname) as "table", g.attname as column,
           case g.grantee when 0 then 'PUBLIC' else pg_get_userbyid(g.grantee)::text end as grantee,
           lower(string_agg(g.privilege_type, ', ' order by g.privilege_type)) as privileges
      from granted as g
      join pg_class as c on c.oid = g.oid
      join pg_namespace as n on n.oid = c.relnamespace
     where c.oid = any (${tables}::text[]::regclass[])
     group by 1, 2, 3
     order by 1, 2 nulls first, 3`;
}
