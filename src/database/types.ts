import { parseQualified } from '../config/names.ts';
import type { Config } from '../config/schema.ts';
import { Problem, UNTOUCHED } from '../problems.ts';
import type { Queryable } from './connect.ts';

const EXACT = ['smallint', 'integer', 'bigint', 'numeric'];

/**
 * What is counted has to be counted exactly, and what is a yes or no has to be one.
 * @throws Problem CONFIG_INVALID with every column of another type
 */
export async function requireTypes(sql: Queryable, { balances, actions }: Config): Promise<void> {
  const { balance, total, used } = balances.legacy;
  const wanted = [
    { key: 'balances.legacy.balance', table: balances.table, column: balance, types: EXACT },
    { key: 'balances.legacy.total', table: balances.table, column: total, types: EXACT },
    { key: 'balances.legacy.used', table: balances.table, column: used, types: EXACT },
    { key: 'actions.cost', table: actions.table, column: actions.cost, types: EXACT },
    { key: 'balances.active', table: balances.table, column: balances.active, types: ['boolean'] },
    { key: 'balances.trial', table: balances.table, column: balances.trial, types: ['boolean'] },
  ];
  const faults: string[] = [];
  for (const { key, table, column, types } of wanted) {
    if (column === undefined) continue;
    const [found] = await sql<{ type: string }[]>`
      select format_type(coalesce(nullif(t.typbasetype, 0), t.oid), null) as type
        from pg_attribute as a join pg_type as t on t.oid = a.atttypid
       where a.attrelid = ${parseQualified(table).toString()}::regclass and a.attname = ${column}`;
    if (found && !types.includes(found.type))
      faults.push(`${key}: ${column} is ${found.type}, and has to be ${types.join(' or ')}`);
  }
  if (faults.length === 0) return;
  throw new Problem('CONFIG_INVALID', 'The configuration names columns of types that cannot be used so.', {
    state: UNTOUCHED,
    next: 'name other columns, or change their types; `creditshift inspect` shows what is there',
    details: faults,
  });
}
