import type { Transaction } from '../../database/connect.ts';
import type { CopyTable } from '../copy-set.ts';
import { copiedTables } from '../form.ts';

/** Statements for owner, privileges and comments of schemas, functions and the tables copied whole. */
export async function privileges(tx: Transaction, tables: readonly CopyTable[]): Promise<string[]> {
  const rows = await tx<{ statement: string }[]>`
    with copied as (${copiedTables(tx, tables)}), objects as (
      select 'schema' as kind, quote_ident(nspname) as name, nspowner as owner, nspacl as acl, null::text as columns,
             null::text as comment
        from pg_namespace where nspname !~ '^(pg_|information_schema$|creditshift)'
      union all
      select 'table', c.name, r.relowner, r.relacl, null, obj_description(c.oid, 'pg_class')
        from copied as c join pg_class as r using (oid) where c.whole
      union all
      select 'table', c.name, null, a.attacl, format('(%I)', a.attname), null
        from copied as c join pg_attribute as a on a.attrelid = c.oid where c.whole and a.attacl is not null
      union all
      select 'routine', p.oid::regprocedure::text, p.proowner, p.proacl, null, obj_description(p.oid, 'pg_proc')
        from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace
       where n.nspname !~ '^(pg_|information_schema$|creditshift)' and p.prokind in ('f', 'p')
         and not exists (select from pg_depend where classid = 'pg_proc'::regclass and objid = p.oid and deptype = 'e')
    ), statements as (
      select 1 as rank, format('alter %s %s owner to %I', kind, name, pg_get_userbyid(owner)) as statement
        from objects where owner is not null
      union all
      select 2, format('revoke all on %s %s from public, %I', kind, name, pg_get_userbyid(owner))
        from objects where acl is not null and owner is not null
      union all
      select 3, format('grant %s on %s %s to %s%s', string_agg(concat(a.privilege_type, columns), ', '), kind, name,
               case a.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end,
               case when a.is_grantable then ' with grant option' end)
        from objects, aclexplode(acl) as a
       group by kind, name, columns, a.grantee, a.is_grantable
      union all
      select 4, format('comment on %s %s is %L', kind, name, comment) from objects where comment is not null
      union all
      select 4, format('comment on column %s.%I is %L', c.name, a.attname, col_description(c.oid, a.attnum))
        from copied as c join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0
       where c.whole and col_description(c.oid, a.attnum) is not null
      union all
      select 4, format('comment on constraint %I on %s is %L', k.conname, c.name, obj_description(k.oid, 'pg_constraint'))
        from copied as c join pg_constraint as k on k.conrelid = c.oid
       where c.whole and obj_description(k.oid, 'pg_constraint') is not null
    )
    select statement from statements order by rank, statement`;
  return rows.map(row => row.statement);
}
