import type { Model } from '../../config/model.ts';
import { quoteIdentifier as q, quoteText } from '../../config/names.ts';
import type { Queryable } from '../../database/connect.ts';
import type { Timed } from '../../database/timings.ts';

/** A statement to be measured, or why it cannot be. */
export type Operation = Timed | string;

/** An organization's balance, by its key; the amounts are SQL over a row b. */
export const balanceQuery = ({ balances, key }: Model, amounts: readonly string[], organization: string): Timed => ({
  statement: `select ${amounts.join(', ')} from ${balances.table} as b where b.${q(balances.owner)} = ${quoteText(organization)}::${key}`,
});

/** An entry of the log as an application writes it, with the legacy columns alone. */
export function logInsert({ log, key }: Model, organization: string, action: string): Timed {
  const columns = [log.owner, log.action, log.consumed, log.before, log.after, log.outcome, log.at].map(q).join(', ');
  return {
    statement: `insert into ${log.table} (${columns})
      values (${quoteText(organization)}::${key}, ${quoteText(action)}, 1, 1, 0, 'success', now()) returning ${q(log.owner)}`,
  };
}

/** A balance as one of a tenant's users reads it, under row security. */
export async function rowSecurityRead(sql: Queryable, model: Model, amounts: readonly string[]): Promise<Operation> {
  const { execute, actForAll, membership, claim } = model.functions;
  const role = execute.find(name => !actForAll.includes(name));
  if (role === undefined) return 'functions.execute names no role that acts for itself only';
  const { table, owner } = model.balances;
  const [member] = await sql.unsafe<{ organization: string; subject: string }[]>(
    membership
      ? `select b.${q(owner)}::text as organization, m.${q(membership.user)}::text as subject
           from ${membership.table} as m join ${table} as b on b.${q(owner)} = m.${q(membership.organization)}
          where m.${q(membership.user)} is not null limit 1`
      : `select ${q(owner)}::text as organization, ${q(owner)}::text as subject from ${table} where ${q(owner)} is not null limit 1`,
  );
  if (!member) return 'no organization with a balance has a user';
  const claims = { [membership?.claim ?? claim ?? 'sub']: member.subject, role };
  return { ...balanceQuery(model, amounts, member.organization), as: { role, claims } };
}
