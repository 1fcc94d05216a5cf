import type { Queryable } from '../database/connect.ts';
import { readPolicies } from '../inspect/access.ts';
import { targetOf } from './accounts.ts';
import { qualified, type Table, written } from './catalog.ts';
import { type Choose, type Found, settle } from './found.ts';
import type { Look } from './look.ts';
import type { Roles } from './roles.ts';
import { hasWord } from './words.ts';

/** Who may spend for an organization: by a table of members, or by a claim. */
export interface Caller {
  membership: { table: string; user: string; organization: string } | undefined;
  claim: Found;
}

export async function callerOf(
  choose: Choose,
  look: Look,
  where: { tables: readonly Table[]; account: Table; tenants: Table | undefined },
  roles: Roles,
): Promise<Caller> {
  const { tenants, account } = where;
  if (roles.line.value !== undefined && roles.execute.every(role => roles.actForAll.includes(role))) {
    const because = 'asked of nobody: every role above may act for all';
    return { membership: undefined, claim: { value: 'sub', because } };
  }
  const claims = await look(tx => claimsIn(tx, [account, ...(tenants ? [tenants] : [])]));
  const members = tenants ? membersOf(where.tables, tenants, account) : [];
  const labels = [
    ...members.map(m => `${m.table}.${m.user}`),
    ...claims.map(claim => `claim ${claim}`),
    ...(tenants && isPeople(tenants) ? ['claim sub'] : []),
  ];
  const found = await settle(choose, 'Who may spend for an organization:', [...new Set(labels)], () => '');
  const membership = members.find(m => `${m.table}.${m.user}` === found.value);
  const claim = found.value?.replace(/^claim /, '');
  const because =
    found.value === undefined ? found.because : 'the claim of request.jwt.claims with the organization’s key';
  return { membership, claim: { value: membership ? undefined : claim, because } };
}

const isPeople = (table: Table) => hasWord(table.name, ['user', 'profile', 'customer', 'account', 'member', 'person']);

/** Tables with the organization of a user: by name, and by what they refer to. */
function membersOf(tables: readonly Table[], tenants: Table, account: Table) {
  return tables
    .filter(table => table !== tenants && table !== account && isPeople(table))
    .flatMap(table => {
      const organization = table.columns.find(
        c => targetOf(table, c.name, tables)?.table === tenants && c.name !== table.primary,
      )?.name;
      const user =
        table.columns.find(
          c => c.name !== organization && hasWord(c.name, ['user', 'member', 'profile']) && /id$/i.test(c.name),
        )?.name ?? table.primary;
      return organization !== undefined && user ? [{ table: written(table), user, organization }] : [];
    });
}

/** Claims of a token that the policies of these tables compare with. */
async function claimsIn(tx: Queryable, tables: readonly Table[]): Promise<string[]> {
  const policies = await readPolicies(
    tx,
    tables.map(table => String(qualified(table))),
  );
  const texts = policies.flatMap(policy => [policy.using, policy.check]).filter(text => text !== null);
  const claims = texts.flatMap(text => [...text.matchAll(/->> '([^']+)'/g)].map(match => match[1] ?? ''));
  return [...new Set(claims)].filter(claim => !['role', 'sub', 'email', 'aal'].includes(claim));
}
