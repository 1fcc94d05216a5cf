import { quoteIdentifier } from '../../config/names.ts';
import type { Config } from '../../config/schema.ts';
import type { Queryable, Sql } from '../../database/connect.ts';

/** A role without login or password, and the roles it is a member of. */
export interface Role {
  name: string;
  inherits: boolean;
  bypassesRowSecurity: boolean;
  memberOf: string[];
}

/** The roles that the schema or the configuration names, and those that they are members of. */
export async function readRoles(sql: Queryable, { functions }: Config): Promise<Role[]> {
  const rows = await sql<Role[]>`
    with recursive named as (
      select r.oid from pg_roles as r
       where r.oid = 10 or r.rolname = any (${[...functions.execute, ...functions.actForAll]}::text[])
          or r.oid in (select d.refobjid from pg_shdepend as d
                        where d.refclassid = 'pg_authid'::regclass
                          and d.dbid = (select oid from pg_database where datname = current_database()))
      union
      select m.roleid from named as n join pg_auth_members as m on m.member = n.oid
    )
    select r.rolname as name, r.rolinherit as inherits, r.rolbypassrls as "bypassesRowSecurity",
           (select coalesce(json_agg(pg_get_userbyid(m.roleid) order by m.roleid), '[]')
              from pg_auth_members as m where m.member = r.oid) as "memberOf"
      from named as n join pg_roles as r using (oid)
     where r.rolname !~ '^pg_' order by r.rolname`;
  return [...rows];
}

/** Makes the roles that the server lacks, none of them a superuser, and returns their names. */
export async function makeRoles(sql: Sql, roles: readonly Role[]): Promise<string[]> {
  const found = await sql<{ name: string }[]>`select rolname as name from pg_roles`;
  const missing = roles.filter(role => !found.some(f => f.name === role.name));
  for (const { name, inherits, bypassesRowSecurity } of missing) {
    const options = `${inherits ? 'inherit' : 'noinherit'} ${bypassesRowSecurity ? 'bypassrls' : 'nobypassrls'}`;
    await sql.unsafe(`create role ${quoteIdentifier(name)} nologin ${options}`);
  }
  for (const { name, memberOf } of missing) {
    for (const group of memberOf) await sql.unsafe(`grant ${quoteIdentifier(group)} to ${quoteIdentifier(name)}`);
  }
  return missing.map(role => role.name);
}

/** Removes roles that nothing refers to any more. */
export async function dropRoles(sql: Sql, names: readonly string[]): Promise<void> {
  if (names.length > 0) await sql.unsafe(`drop role if exists ${names.map(quoteIdentifier).join(', ')}`);
}
