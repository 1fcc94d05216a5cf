import type { Transaction } from '../../database/connect.ts';
import type { CopyTable } from '../copy-set.ts';
import { copiedTables, withinCopied } from '../form.ts';

/** Statements that make the copied tables, with the columns that were copied and those that follow from them. */
export async function createTables(tx: Transaction, tables: readonly CopyTable[]): Promise<string[]> {
  const rows = await tx<{ statement: string }[]>`
    with copied as (${copiedTables(tx, tables)}), statements as (
      select 1 as rank, format('create table %s (%s)%s', c.name, string_agg(concat_ws(' ',
               quote_ident(a.attname), format_type(a.atttypid, a.atttypmod),
               case when a.attcollation <> t.typcollation then 'collate ' || a.attcollation::regcollation end,
               case when a.attgenerated = 's' then format('generated always as (%s) stored', pg_get_expr(d.adbin, d.adrelid))
                    when a.attidentity <> '' then format('generated %s as identity (sequence name %s)',
                      case a.attidentity when 'a' then 'always' else 'by default' end, pg_get_serial_sequence(c.name, a.attname))
                    when d.oid is not null then 'default ' || pg_get_expr(d.adbin, d.adrelid) end,
               case when a.attnotnull then 'not null' end), ', ' order by a.attnum),
               case when c.relkind = 'p' then ' partition by ' || pg_get_partkeydef(c.oid) end) as statement
        from copied as c
        join pg_attribute as a on a.attrelid = c.oid and a.attnum = any (c.attnums)
        join pg_type as t on t.oid = a.atttypid
        left join pg_attrdef as d on d.adrelid = c.oid and d.adnum = a.attnum
       group by c.oid, c.name, c.relkind
      union all
      select 1 + p.level, format('create table %s partition of %s %s%s', p.relid, p.parentrelid, pg_get_expr(r.relpartbound, r.oid),
               case when r.relkind = 'p' then ' partition by ' || pg_get_partkeydef(r.oid) end)
        from copied as c, pg_partition_tree(c.oid) as p join pg_class as r on r.oid = p.relid
       where p.level > 0
    )
    select statement from statements order by rank, statement`;
  return rows.map(row => row.statement);
}

/**
 * Statements for what comes once the rows are there: values of sequences, constraints but foreign keys to what is not in the
 * backup, and of the tables copied whole indexes, options, row security, policies and triggers.
 */
export async function finishTables(tx: Transaction, tables: readonly CopyTable[]): Promise<string[]> {
  const rows = await tx<{ statement: string }[]>`
    with copied as (${copiedTables(tx, tables)}), whole as (
      select c.*, r.relreplident, r.reloptions from copied as c join pg_class as r using (oid) where whole
    ), statements as (
      select 1 as rank, format('select setval(%L, %s)', format('%I.%I', schemaname, sequencename), last_value) as statement
        from pg_sequences where last_value is not null and schemaname !~ '^(pg_|information_schema$|creditshift)'
      union all
      select case when k.contype = 'f' then 4 else 2 end,
             format('alter table %s add constraint %I %s', k.conrelid::regclass, k.conname, pg_get_constraintdef(k.oid))
        from pg_constraint as k
       where k.contype in ('p', 'u', 'x', 'c', 'f') and k.conparentid = 0 and ${withinCopied(tx)}
      union all
      select 3, replace(pg_get_indexdef(i.indexrelid), ' ON ONLY ', ' ON ')
        from pg_index as i join whole as w on w.oid = i.indrelid
       where not exists (select from pg_constraint where conindid = i.indexrelid and conrelid = i.indrelid and contype in ('p', 'u', 'x'))
      union all
      select 4, format('alter table %s cluster on %I', w.name, c.relname)
        from pg_index as i join whole as w on w.oid = i.indrelid join pg_class as c on c.oid = i.indexrelid where i.indisclustered
      union all
      select 4, format('alter table %s replica identity %s', w.name, case w.relreplident when 'f' then 'full' when 'n' then 'nothing'
               else (select 'using index ' || quote_ident(c.relname) from pg_index as i join pg_class as c on c.oid = i.indexrelid
                      where i.indrelid = w.oid and i.indisreplident) end)
        from whole as w where w.relreplident <> 'd'
      union all
      select 4, format('alter table %s set (%s)', name, array_to_string(reloptions, ', ')) from whole where reloptions is not null
      union all
      select 4, format('alter table %s alter column %I set %s', w.name, a.attname, s.setting)
        from whole as w join pg_attribute as a on a.attrelid = w.oid and a.attnum > 0 and not a.attisdropped
       cross join lateral (
         select 'statistics ' || a.attstattarget as setting where a.attstattarget >= 0
         union all select format('(%s)', array_to_string(a.attoptions, ', ')) where a.attoptions is not null) as s
      union all
      select 5, format('alter table %s enable row level security', name) from whole where relrowsecurity
      union all
      select 5, format('alter table %s force row level security', name) from whole where relforcerowsecurity
      union all
      select 6, concat_ws(' ', format('create policy %I on %s as %s for %s to %s', p.polname, w.name,
               case when p.polpermissive then 'permissive' else 'restrictive' end,
               case p.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' else 'all' end,
               (select string_agg(case oid when 0 then 'public' else quote_ident(pg_get_userbyid(oid)) end, ', ') from unnest(p.polroles) as oid)),
               'using (' || pg_get_expr(p.polqual, p.polrelid) || ')', 'with check (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')')
        from pg_policy as p join whole as w on w.oid = p.polrelid
      union all
      select 7, pg_get_triggerdef(t.oid) from pg_trigger as t join whole as w on w.oid = t.tgrelid
       where not t.tgisinternal and t.tgparentid = 0
      union all
      select 8, format('alter table %s %s trigger %I', w.name,
               case t.tgenabled when 'D' then 'disable' when 'R' then 'enable replica' else 'enable always' end, t.tgname)
        from pg_trigger as t join whole as w on w.oid = t.tgrelid where not t.tgisinternal and t.tgenabled <> 'O'
    )
    select statement from statements order by rank, statement`;
  return rows.map(row => row.statement);
}
