import type { PendingQuery, Row } from 'postgres';
import type { Model } from '../config/model.ts';
import type { Qualified } from '../config/names.ts';
import type { Queryable } from './connect.ts';
import type { Facts } from './facts.ts';

/** A table that is read beside the balances, and how one gets to its rows. */
export interface Read {
  owner: string;
  /** Row security hides its rows from all but its owner and who bypasses it. */
  secured: boolean;
  /** The owner of the balances may SELECT it; PUBLIC may. */
  byOwner: boolean;
}

/** What the catalog grants already, to everybody or to the owner of the balances. */
export interface Rights {
  /** The owner of the balances: whoever is in this role has its rights. A superuser's he does not have. */
  owner: string;
  superuser: boolean;
  /** Other owners of the legacy functions. */
  functionOwners: string[];
  database: string;
  connect: { byOwner: boolean; byAll: boolean };
  createInDatabase: boolean;
  /** USAGE and CREATE on each schema. */
  schemas: Map<string, { byOwner: boolean; byAll: boolean; create: boolean }>;
  /** Those that are there: a log may be made later. */
  tables: Map<string, Read>;
  /** Of `roles` those that are there, and those that the owner may not take. */
  there: string[];
  closed: string[];
}

/** Reads them; `roles` are those that a login may have to take, or that may have to be made. */
export async function readRights(
  sql: Queryable,
  model: Model,
  facts: Facts,
  roles: readonly string[],
): Promise<Rights> {
  const owner = model.balances.role;
  const [row] = await sql<Pick<Rights, 'superuser' | 'database' | 'functionOwners' | 'createInDatabase'>[] & Row[]>`
    with owner as (select oid, rolsuper from pg_roles where rolname = ${owner})
    select owner.rolsuper as superuser, d.datname as database,
           array(select f from unnest(${facts.overloads.map(f => f.owner)}::text[]) as f
                  where not ${inRole(sql, sql`f::regrole`)} group by f order by f) as "functionOwners",
           ${granted(sql, sql`coalesce(d.datacl, acldefault('d', d.datdba))`, 'CONNECT')} as "connectByOwner",
           ${open(sql, sql`coalesce(d.datacl, acldefault('d', d.datdba))`, 'CONNECT')} as "connectByAll",
           ${granted(sql, sql`coalesce(d.datacl, acldefault('d', d.datdba))`, 'CREATE')} as "createInDatabase"
      from owner, pg_database as d where d.datname = current_database()`;
  if (!row) throw new Error(`the owner ${owner} of the balances is gone`);
  const read = [model.tenants.table, model.balances.table, model.log.table, ...membersOf(model)];
  const tables = await sql<{ name: string; owner: string; secured: boolean; byOwner: boolean }[]>`
    with owner as (select oid, rolsuper from pg_roles where rolname = ${owner})
    select t as name, pg_get_userbyid(c.relowner) as owner, c.relrowsecurity as secured,
           ${granted(sql, sql`coalesce(c.relacl, acldefault('r', c.relowner))`, 'SELECT')} as "byOwner"
      from owner, unnest(${read.map(String)}::text[]) as t join pg_class as c on c.oid = to_regclass(t)`;
  const wanted = [...read.map(table => table.schema), model.functions.schema, model.actions.table.schema];
  const schemas = await sql<{ name: string; byOwner: boolean; byAll: boolean; create: boolean }[]>`
    with owner as (select oid, rolsuper from pg_roles where rolname = ${owner})
    select n.nspname as name, ${granted(sql, sql`coalesce(n.nspacl, acldefault('n', n.nspowner))`, 'USAGE')} as "byOwner",
           ${open(sql, sql`coalesce(n.nspacl, acldefault('n', n.nspowner))`, 'USAGE')} as "byAll",
           ${granted(sql, sql`coalesce(n.nspacl, acldefault('n', n.nspowner))`, 'CREATE')} as create
      from owner, pg_namespace as n where n.nspname = any (${wanted}::text[])`;
  const known = await sql<{ role: string; closed: boolean }[]>`
    with owner as (select oid, rolsuper from pg_roles where rolname = ${owner})
    select r.rolname as role, not ${inRole(sql, sql`r.oid`)} as closed from owner, pg_roles as r where r.rolname = any (${roles}::text[])`;
  return {
    owner,
    superuser: row.superuser,
    functionOwners: row.functionOwners,
    database: row.database,
    connect: { byOwner: row.connectByOwner as boolean, byAll: row.connectByAll as boolean },
    createInDatabase: row.createInDatabase,
    schemas: new Map(schemas.map(({ name, ...rights }) => [name, rights])),
    tables: new Map(tables.map(({ name, ...rights }) => [name, rights])),
    there: known.map(r => r.role),
    closed: known.filter(r => r.closed).map(r => r.role),
  };
}

/** The table that tells whose user is whose, where there is one. */
export const membersOf = ({ functions }: Model): Qualified[] =>
  functions.membership ? [functions.membership.table] : [];

type Fragment = PendingQuery<Row[]>;

/** Whether a member of the owner's role is one of `role` too: what a superuser may take he hands to nobody. */
const inRole = (sql: Queryable, role: Fragment) => sql`
  (${role} = owner.oid or (not owner.rolsuper and pg_has_role(owner.oid, ${role}, 'member')))`;

const open = (sql: Queryable, acl: Fragment, privilege: string) => sql`
  exists (select from aclexplode(${acl}) as a where a.privilege_type = ${privilege} and a.grantee = 0)`;

const granted = (sql: Queryable, acl: Fragment, privilege: string) => sql`
  exists (select from aclexplode(${acl}) as a where a.privilege_type = ${privilege}
             and (a.grantee in (0, owner.oid) or (not owner.rolsuper and a.grantee <> 0 and pg_has_role(owner.oid, a.grantee, 'usage'))))`;
