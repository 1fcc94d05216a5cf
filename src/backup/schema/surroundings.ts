import type { Transaction } from '../../database/connect.ts';
import type { CopyTable } from '../copy-set.ts';
import { copiedTables } from '../form.ts';

/** Roles that own something in this database, or are granted something; 10 is who made the server, of whom no record is kept. */
export async function roles(tx: Transaction): Promise<string[]> {
  const rows = await tx<{ role: string }[]>`
    select rolname as role from pg_roles
     where (oid = 10 or oid in (select refobjid from pg_shdepend
                                 where refclassid = 'pg_authid'::regclass
                                   and dbid = (select oid from pg_database where datname = current_database())))
       and rolname !~ '^pg_'
     order by 1`;
  return rows.map(row => row.role);
}

/**
 * Statements for what the copied tables may lean on: schemas, extensions, types, sequences with their values, functions,
 * and all other tables and views, which get their columns but no rows, keys or rules.
 */
export async function surroundings(tx: Transaction, tables: readonly CopyTable[]): Promise<string[]> {
  const rows = await tx<{ statement: string }[]>`
    with copied as (${copiedTables(tx, tables)}), namespaces as (
      select oid, nspname from pg_namespace where nspname !~ '^(pg_|information_schema$|creditshift)'
    ), extended as (
      select classid, objid from pg_depend where deptype = 'e'
    ), relations as (
      select c.*, format('%I.%I', n.nspname, c.relname) as name
        from pg_class as c join namespaces as n on n.oid = c.relnamespace
       where ('pg_class'::regclass, c.oid) not in (select classid, objid from extended)
    ), statements as (
      select 1 as rank, format('create schema if not exists %I', nspname) as statement from namespaces
      union all
      select 2, format('create extension if not exists %I with schema %I', e.extname, n.nspname)
        from pg_extension as e join pg_namespace as n on n.oid = e.extnamespace where e.extname <> 'plpgsql'
      union all
      select 3, case t.typtype
               when 'e' then format('create type %s as enum (%s)', t.oid::regtype,
                 (select string_agg(quote_literal(enumlabel), ', ' order by enumsortorder) from pg_enum where enumtypid = t.oid))
               when 'd' then format('create domain %s as %s %s %s', t.oid::regtype, format_type(t.typbasetype, t.typtypmod),
                 case when t.typnotnull then 'not null' end,
                 (select string_agg(pg_get_constraintdef(k.oid), ' ') from pg_constraint as k
                   where k.contypid = t.oid and k.contype = 'c'))
               when 'r' then (select format('create type %s as range (subtype = %s)', t.oid::regtype, rngsubtype::regtype)
                                from pg_range where rngtypid = t.oid)
               else format('create type %s as (%s)', t.oid::regtype,
                 (select string_agg(format('%I %s', attname, format_type(atttypid, atttypmod)), ', ' order by attnum)
                    from pg_attribute where attrelid = t.typrelid and attnum > 0 and not attisdropped)) end
        from pg_type as t join namespaces as n on n.oid = t.typnamespace left join pg_class as c on c.oid = t.typrelid
       where (t.typtype in ('e', 'd', 'r') or t.typtype = 'c' and c.relkind = 'c')
         and ('pg_type'::regclass, t.oid) not in (select classid, objid from extended)
      union all
      select 4, format('create sequence %s', name) from relations as r
       where relkind = 'S' and not exists (select from pg_depend where classid = 'pg_class'::regclass and objid = r.oid and deptype = 'i')
      union all
      select 5, pg_get_functiondef(p.oid) from pg_proc as p join namespaces as n on n.oid = p.pronamespace
       where p.prokind in ('f', 'p') and ('pg_proc'::regclass, p.oid) not in (select classid, objid from extended)
      union all
      select 6, format('create table %s (%s)', r.name,
               (select string_agg(format('%I %s', attname, format_type(atttypid, atttypmod)), ', ' order by attnum)
                  from pg_attribute where attrelid = r.oid and attnum > 0 and not attisdropped))
        from relations as r
       where relkind in ('r', 'p', 'f') and oid not in (select oid from copied)
         and oid not in (select p.relid from copied as c, pg_partition_tree(c.oid) as p)
      union all
      select 7, format('create view %s as %s', name, pg_get_viewdef(oid)) from relations where relkind = 'v'
    )
    select statement from statements order by rank, statement`;
  return rows.map(row => row.statement);
}
