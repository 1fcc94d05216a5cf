import type { Queryable } from '../database/connect.ts';
import { readPrivileges } from '../inspect/access.ts';
import { qualified, type Table } from './catalog.ts';
import type { Choose, Found } from './found.ts';
import type { Body } from './functions.ts';
import type { Look } from './look.ts';

/** Roles that use the credits today, by what they were granted. */
export interface Roles {
  execute: string[];
  because: string;
  /** Of those, the ones that act for every organization. */
  actForAll: string[];
  /** The line of actForAll; open where only the user knows whether a role is a backend. */
  line: Found;
  notes: string[];
}

const SIGNED_OUT = ['PUBLIC', 'anon'];
/** The role of tenants' own users, by Supabase's convention. */
const SIGNED_IN = 'authenticated';

export async function rolesOf(choose: Choose, look: Look, account: Table, consume: Body | undefined): Promise<Roles> {
  const { writing, mighty } = await look(async tx => {
    const grants = await readPrivileges(tx, [String(qualified(account))]);
    const writing = grants
      .filter(row => row.column === null && row.privileges.includes('update'))
      .map(row => row.grantee);
    return { writing, mighty: await bypassing(tx, [...writing, ...(consume?.execute ?? [])]) };
  });
  const named = [...new Set([...(consume?.execute ?? []), ...writing])];
  const execute = named.filter(role => !SIGNED_OUT.includes(role)).toSorted();
  const out = named.filter(role => SIGNED_OUT.includes(role));
  const past = execute.filter(role => mighty.includes(role));
  // Without row security whoever may write a balance may write each: a backend, or a hole.
  const asked = account.rowSecurity
    ? []
    : execute.filter(role => writing.includes(role) && !past.includes(role) && role !== SIGNED_IN);
  const line =
    asked.length > 0
      ? await backends(choose, past, asked)
      : {
          value: listed(past),
          because:
            past.length > 0 ? 'row security does not hold them back today' : 'roles that act for every organization',
        };
  return {
    execute,
    because:
      execute.length > 0
        ? `they may ${consume ? 'execute the function or ' : ''}write the balances today`
        : 'no role was granted anything: only the owner may call, until one is named here',
    actForAll: line.value === undefined ? past : line.value.split(', ').filter(role => role !== ''),
    line,
    notes: [
      `Row security of ${account.name} is ${account.rowSecurity ? 'on' : 'off'}.`,
      ...(out.length > 0
        ? [
            `Left out, though they may call or write today: ${out.join(', ')}. Nobody who is not signed in spends credits.`,
          ]
        : []),
    ],
  };
}

const listed = (roles: readonly string[]): string => roles.join(', ');

async function backends(choose: Choose, past: readonly string[], asked: readonly string[]): Promise<Found> {
  const question = `${listed(asked)} may write every balance today: a backend that acts for all organizations, or only for its caller’s:`;
  const choices = [listed([...past, ...asked]), past.length > 0 ? listed(past) : 'none'];
  const answer = await choose(question, choices);
  if (answer === undefined)
    return {
      value: undefined,
      because: `${question} ${choices.map(choice => `[${choice === 'none' ? '' : choice}]`).join(' or ')}?`,
    };
  return { value: answer === 'none' ? '' : answer, because: 'as you said' };
}

async function bypassing(tx: Queryable, roles: readonly string[]): Promise<string[]> {
  const rows = await tx<{ role: string }[]>`
    select rolname as role from pg_roles where rolname = any (${[...new Set(roles)]}::text[]) and rolbypassrls`;
  return rows.map(row => row.role);
}
