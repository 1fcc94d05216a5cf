import { z } from 'zod';
import { quoteIdentifier } from '../../config/names.ts';
import type { Transaction } from '../../database/connect.ts';

/** What makes a database itself again: pg_dump leaves it out, since its name is in it. A name stands as `:"database"`. */
export const databaseSchema = z.object({
  create: z.string(),
  /** Owner, settings and privileges. */
  alter: z.array(z.string()),
});
export type Database = z.output<typeof databaseSchema>;

/** A statement, with the name of the database. */
export const named = (statement: string, database: string): string =>
  statement.replaceAll(':"database"', () => quoteIdentifier(database));

/** Reads it in the snapshot of `tx`. */
export async function readDatabase(tx: Transaction): Promise<Database> {
  const [row] = await tx<Database[]>`
    with this as (
      select d.*, to_jsonb(d) as field from pg_database as d where datname = current_database()
    ), setting as (
      select case when s.setrole = 0 then 'database :"database"'
                  else format('role %I in database :"database"', pg_get_userbyid(s.setrole)) end as of,
             split_part(entry, '=', 1) as name, substr(entry, strpos(entry, '=') + 1) as value
        from pg_db_role_setting as s, unnest(s.setconfig) as entry
       where s.setdatabase = (select oid from this)
    ), granted as (
      select acl.* from this, aclexplode(datacl) as acl
    )
    select (select format('create database :"database" template template0 encoding %L lc_collate %L lc_ctype %L%s',
                     pg_encoding_to_char(encoding), datcollate, datctype,
                     case datlocprovider
                       when 'i' then format(' locale_provider icu icu_locale %L', coalesce(field ->> 'datlocale', field ->> 'daticulocale'))
                       when 'b' then format(' locale_provider builtin builtin_locale %L', field ->> 'datlocale') end)
              from this) as create,
           (select coalesce(json_agg(statement order by position), '[]') from (
              -- Lists of names are kept quoted, and are no one name.
              select 1 as position, format('alter %s set %I to %s', of, name,
                       case when name in ('search_path', 'temp_tablespaces', 'local_preload_libraries', 'session_preload_libraries')
                                 and value <> '' then value else quote_literal(value) end) as statement
                from setting
              union all
              select 2, 'revoke all on database :"database" from public' from this where datacl is not null
              union all
              select 3, format('grant %s on database :"database" to %s%s', privilege_type,
                          case when grantee = 0 then 'public' else quote_ident(pg_get_userbyid(grantee)) end,
                          case when is_grantable then ' with grant option' end)
                from granted
              union all
              select 4, format('alter database :"database" owner to %I', pg_get_userbyid(datdba)) from this
            ) as s) as alter`;
  if (!row) throw new Error('the server answered nothing');
  return row;
}
