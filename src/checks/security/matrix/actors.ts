import type { Model } from '../../../config/model.ts';
import { quoteIdentifier as q } from '../../../config/names.ts';
import type { Config } from '../../../config/schema.ts';
import type { Queryable } from '../../../database/connect.ts';
import { ANONYMOUS } from '../roles.ts';
import type { Actor, Untried } from './cell.ts';

/** Who tries: every role of the configuration, anon where there is one, and a user of each of two tenants. */
export interface Actors {
  actors: Actor[];
  /** Two organizations whose rows are reached for; of a database with fewer, fewer. */
  organizations: string[];
  untried: Untried[];
}

export async function readActors(sql: Queryable, model: Model, config: Config): Promise<Actors> {
  const { execute, actForAll } = config.functions;
  const named = [...new Set([ANONYMOUS, ...execute, ...actForAll, ...config.security.roles])];
  const found = await sql<{ role: string }[]>`
    select rolname as role from pg_roles where rolname = any (${named}::text[])`;
  const there = named.filter(role => found.some(f => f.role === role));
  const users = await readUsers(sql, model, config);
  const actors = there.flatMap((role): Actor[] => {
    const own = role === ANONYMOUS || actForAll.includes(role) || !execute.includes(role) ? [] : users;
    const asUser = own.map(({ organization, claim }) => ({
      role,
      claims: { role, [claimOf(config)]: claim },
      tenant: organization,
    }));
    return asUser.length > 0 ? asUser : [{ role, claims: { role } }];
  });
  const organizations = await readOrganizations(sql, model, users);
  const missing = named.filter(role => role !== ANONYMOUS && !there.includes(role));
  return {
    actors,
    organizations,
    untried: [
      ...missing.map(role => ({ what: `there is no role ${role}`, vacuous: false })),
      ...(users.length === 0 ? [{ what: 'own rows: no organization with a balance has a user', vacuous: true }] : []),
      ...(organizations.length < 2 ? [{ what: 'foreign rows: there is no second organization', vacuous: true }] : []),
    ],
  };
}

const claimOf = ({ functions: { caller } }: Config): string =>
  'claim' in caller ? caller.claim : caller.membership.claim;

/** An organization with a balance, and the claim that makes a caller one of its users. */
interface User {
  organization: string;
  claim: string;
}

/** A user of each of two organizations, who is none of the other's. */
async function readUsers(sql: Queryable, model: Model, config: Config): Promise<User[]> {
  const { balances } = model;
  const membership = model.functions.membership;
  const key = q(balances.owner);
  if (!membership) {
    const rows = await sql.unsafe<User[]>(
      `select ${key}::text as organization, ${key}::text as claim
         from ${balances.table} where ${key} is not null order by ${key} limit 2`,
    );
    return [...rows];
  }
  const [user, organization] = [q(membership.user), q(membership.organization)];
  const member = (whose: string, where: string) =>
    `exists (select from ${membership.table} as m where m.${user} = ${whose}.claim and m.${organization} = ${where}.organization)`;
  const rows = await sql.unsafe<User[]>(
    `with members as materialized (
       select m.${user} as claim, m.${organization} as organization
         from ${membership.table} as m
        where m.${user} is not null and ($1::text::jsonb = '[]' or $1::text::jsonb ? m.${user}::text)
          and exists (select from ${balances.table} as b where b.${key} = m.${organization})
        order by m.${organization}, m.${user} limit 50
     ), pair as (
       select a.organization::text as a, a.claim::text as claim_a, b.organization::text as b, b.claim::text as claim_b
         from members as a
         left join members as b on b.organization <> a.organization and not ${member('b', 'a')} and not ${member('a', 'b')}
        order by b.claim is null limit 1
     )
     select a as organization, claim_a as claim from pair
     union all
     select b, claim_b from pair where b is not null`,
    [JSON.stringify(config.security.users)],
  );
  return [...rows];
}

/** The users' organizations, then others that have a balance, then any: two of them. */
async function readOrganizations(sql: Queryable, model: Model, users: readonly User[]): Promise<string[]> {
  const { balances, tenants } = model;
  const rows = await sql.unsafe<{ key: string }[]>(
    `(select ${q(balances.owner)}::text as key from ${balances.table} where ${q(balances.owner)} is not null order by ${q(balances.owner)} limit 3)
     union all
     (select ${q(tenants.key)}::text from ${tenants.table} order by ${q(tenants.key)} limit 3)`,
  );
  return [...new Set([...users.map(u => u.organization), ...rows.map(r => r.key)])].slice(0, 2);
}
