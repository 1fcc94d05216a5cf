import Big from 'big.js';
import type { Model } from '../config/model.ts';
import { quoteIdentifier } from '../config/names.ts';
import type { Sql } from '../database/connect.ts';

/** What a rehearsal charged so far: legacy credits by organization, and log entries written, refusals included. */
export interface Charged {
  legacy: Map<string, Big>;
  entries: number;
}

/** What it charged in all, in legacy credits. */
export const totalOf = ({ legacy }: Charged): string =>
  [...legacy.values()].reduce((sum, credits) => sum.plus(credits), new Big(0)).toFixed();

/** Organizations that a rehearsal charges for. */
const ORGANIZATIONS = 10;
/** More than any pool holds, to see a refusal. */
const TOO_MANY = 2_000_000_000;

/** A call of the public consume function: organization, action and quantity as $1 to $3, and an idempotency key as $4. */
export function consumeCall({ functions: { schema, consume }, key }: Model, by: { key?: boolean } = {}): string {
  const list = [
    `${quoteIdentifier(consume.organization)} => $1::${key}`,
    `${quoteIdentifier(consume.action)} => $2`,
    `${quoteIdentifier(consume.quantity)} => $3`,
    ...(by.key ? ['p_idempotency_key => $4'] : []),
  ];
  return `${quoteIdentifier(schema)}.${quoteIdentifier(consume.name)}(${list.join(', ')})`;
}

/**
 * Charges every priced action once through the public function, and provokes a refusal each, for the organizations named
 * and the first of the others.
 */
export async function chargeAround(sql: Sql, model: Model, named: readonly string[]): Promise<Charged> {
  const call = consumeCall(model);
  const organizations = await sql<{ organization: string }[]>`
    select organization::text as organization from creditshift.allocations
     where kind = 'migration'
     order by organization::text = any (${named}::text[]) desc, organization limit ${ORGANIZATIONS}`;
  const actions = await sql.unsafe<{ action: string }[]>(
    `select ${quoteIdentifier(model.actions.action)} as action from ${model.actions.table} order by 1`,
  );
  const charged: Charged = { legacy: new Map(), entries: 0 };
  for (const { organization } of organizations) {
    for (const { action } of actions) {
      for (const quantity of [1, TOO_MANY]) {
        await sql.unsafe(`select ${call}`, [organization, action, quantity]);
      }
    }
  }
  const rows = await sql.unsafe<{ organization: string; legacy: string; entries: number }[]>(`
    select l.${quoteIdentifier(model.log.owner)}::text as organization, (-sum(l.legacy_delta))::text as legacy, count(*)::integer as entries
      from ${model.log.table} as l where l.success is not null group by 1`);
  for (const row of rows) {
    charged.legacy.set(row.organization, new Big(row.legacy));
    charged.entries += row.entries;
  }
  return charged;
}
