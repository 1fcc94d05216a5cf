import { isMade } from '../config/found-or-made.ts';
import { type Legacy, legacyBalance } from '../config/legacy.ts';
import { parseQualified, quoteIdentifier, quoteText } from '../config/names.ts';
import type { Config } from '../config/schema.ts';
import type { Transaction } from '../database/connect.ts';
import type { Facts } from '../database/facts.ts';
import type { Proof } from './proof.ts';

/**
 * Calls the legacy function once, for the richest organization and the cheapest action that costs something, and says
 * what that took from the balance. For a throw-away database, or a transaction that is rolled back: it gives credits
 * where nobody can pay.
 */
export async function chargeOnce(tx: Transaction, config: Config, facts: Facts): Promise<Proof['charged']> {
  const { owner, legacy } = config.balances;
  const table = parseQualified(config.balances.table);
  const key = quoteIdentifier(owner);
  const balance = legacyBalance(legacy, 'b');
  if (config.functions.consume.legacy === undefined) return null;
  const what = await chargeable(tx, config);
  if (!what) return null;
  const { organization } = what;
  const ofIt = `from ${table} as b where ${key} = $1::text::${facts.keyType}`;
  await tx.unsafe(
    `update ${table} as b set ${fillOf(legacy)}
      where ${key} = $1::text::${facts.keyType} and coalesce(${balance}, 0) < $2::text::numeric`,
    [organization, what.cost],
  );
  const [before] = await tx.unsafe<{ balance: string }[]>(`select ${balance}::text as balance ${ofIt}`, [organization]);
  const call = legacyCall(config, facts, { organization: '$1', action: '$2' });
  const [called] = await tx.unsafe<{ answer: string | null }[]>(`select (${call})::text as answer`, [
    organization,
    what.action,
  ]);
  const [after] = await tx.unsafe<{ spent: string }[]>(
    `select ($2::text::numeric - ${balance})::text as spent ${ofIt}`,
    [organization, before?.balance ?? '0'],
  );
  return { organization, action: what.action, spent: after?.spent ?? '0', answer: called?.answer ?? null };
}

/** As much as $2 is left then: what was used stays used. */
const fillOf = ({ balance, total, used }: Legacy): string =>
  balance === undefined
    ? `${quoteIdentifier(total ?? '')} = coalesce(b.${quoteIdentifier(used ?? '')}, 0) + $2::text::numeric`
    : `${quoteIdentifier(balance)} = $2::text::numeric`;

/** A charge by the legacy function; `payable` where the balance is enough for it. */
export interface Chargeable {
  organization: string;
  action: string;
  cost: string;
  payable: boolean;
}

/** The richest organization and the cheapest action that costs something. */
export async function chargeable(tx: Transaction, config: Config): Promise<Chargeable | undefined> {
  const key = quoteIdentifier(config.balances.owner);
  const balance = legacyBalance(config.balances.legacy, 'b');
  const [found] = await tx.unsafe<Chargeable[]>(
    `select who.organization, what.action, what.cost::text as cost, coalesce(who.balance >= what.cost, false) as payable
       from (select action, cost from (${prices(config)}) as p (action, cost) where cost > 0 order by cost, action limit 1) as what,
            (select ${key}::text as organization, ${balance} as balance from ${parseQualified(config.balances.table)} as b
              where ${key} is not null order by ${balance} desc nulls last, 1 limit 1) as who`,
  );
  return found;
}

/** Actions and their legacy costs: of the price list, or of the catalogue that one will be made from. */
function prices({ actions, catalogue }: Config): string {
  if (isMade(actions)) {
    const known = Object.entries(catalogue).map(([action, { legacyCost }]) => ({ action, cost: legacyCost }));
    return `select r.action, r.cost from jsonb_to_recordset(${quoteText(JSON.stringify(known))}) as r (action text, cost numeric)`;
  }
  const [action, cost] = [quoteIdentifier(actions.action), quoteIdentifier(actions.cost)];
  return `select ${action}::text, ${cost} from ${parseQualified(actions.table)}`;
}

/**
 * A call of the legacy function for one of the action; what else the function must be given is null.
 * @param of expressions of organization and action
 */
export function legacyCall(config: Config, facts: Facts, of: { organization: string; action: string }): string {
  const { schema, name, parameters } = facts.consume;
  const { organization, action, quantity } = config.functions.consume;
  const argument = (parameter: string) =>
    parameter === organization
      ? `${of.organization}::text`
      : parameter === action
        ? `${of.action}::text`
        : parameter === quantity
          ? '1'
          : 'null';
  const given = parameters.filter(p => argument(p.name) !== 'null' || p.fallback === null);
  const values = given.map(p => `${quoteIdentifier(p.name)} => ${argument(p.name)}::${p.type}`);
  return `${quoteIdentifier(schema)}.${quoteIdentifier(name)}(${values.join(', ')})`;
}
