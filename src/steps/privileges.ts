import type { Model } from '../config/model.ts';
import type { Queryable } from '../database/connect.ts';
import type { Facts } from '../database/facts.ts';
import { creditTables } from '../database/standing.ts';
import type { State } from '../database/state.ts';
import type { Obstacle } from './obstacle.ts';

/** What the login lacks to run the steps: it has to own, or be in the owner's role. */
export async function privileges(
  sql: Queryable,
  model: Model,
  { overloads }: Facts,
  state: State | undefined,
): Promise<Obstacle[]> {
  const owned = await creditTables(sql, model);
  const [row] = await sql<{ create: boolean; schema: boolean; foreign: string[]; owners: string[] }[]>`
    select has_database_privilege(current_database(), 'create') as create,
           has_schema_privilege(${model.functions.schema}, 'create') as schema,
           array(select t from unnest(${owned}::text[]) as t join pg_class as c on c.oid = t::regclass
                  where not pg_has_role(c.relowner, 'usage')) as foreign,
           array(select distinct c.relowner::regrole::text from unnest(${owned}::text[]) as t join pg_class as c on c.oid = t::regclass) as owners`;
  const found: Obstacle[] = [];
  if (!row?.create && !state) found.push({ code: 'PRIVILEGE_MISSING', message: 'CREATE on the database' });
  if (!row?.schema) found.push({ code: 'PRIVILEGE_MISSING', message: `CREATE on schema ${model.functions.schema}` });
  for (const table of row?.foreign ?? [])
    found.push({ code: 'PRIVILEGE_MISSING', message: `membership in the owner of ${table}` });
  const owners = [...new Set(overloads.map(f => f.owner))];
  const strangers = await sql<{ role: string }[]>`
    select role from unnest(${owners}::text[]) as role where not pg_has_role(role, 'usage')`;
  for (const { role } of strangers)
    found.push({ code: 'PRIVILEGE_MISSING', message: `membership in ${role}, the owner of the legacy function` });
  if ((row?.owners.length ?? 1) > 1) {
    found.push({
      code: 'OWNERS_DIFFER',
      message: `the credit tables belong to ${row?.owners.join(' and ')}: the functions run as the owner of ${model.balances.table} and need one owner`,
    });
  }
  return found;
}

/** The functions look up who belongs to an organization as the owner of the balances: it has to be able to. */
export async function membership(sql: Queryable, { functions, balances }: Model): Promise<Obstacle[]> {
  if (!functions.membership) return [];
  const { table, user, organization } = functions.membership;
  const [row] = await sql<{ reads: boolean }[]>`
    select has_schema_privilege(${balances.role}, ${table.schema}, 'usage')
           and has_column_privilege(${balances.role}, ${table.toString()}, ${user}, 'select')
           and has_column_privilege(${balances.role}, ${table.toString()}, ${organization}, 'select') as reads`;
  if (row?.reads) return [];
  return [
    {
      code: 'PRIVILEGE_MISSING',
      message: `SELECT on ${table} for ${balances.role}, as whom the functions look up members`,
    },
  ];
}
