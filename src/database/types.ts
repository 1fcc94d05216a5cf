import { isMade } from '../config/found-or-made.ts';
import { parseQualified } from '../config/names.ts';
import type { Config } from '../config/schema.ts';
import { Problem, UNTOUCHED } from '../problems.ts';
import type { Queryable } from './connect.ts';

const MOMENT = ['timestamp with time zone', 'timestamp without time zone', 'date'];
const EXACT = ['smallint', 'integer', 'bigint', 'numeric'];

/**
 * What is counted has to be counted exactly, and what is a yes or no has to be one.
 * @throws Problem CONFIG_INVALID with every column of another type
 */
export async function requireTypes(sql: Queryable, config: Config): Promise<void> {
  const { balances, actions } = config;
  const { balance, total, used } = balances.legacy;
  const wanted = [
    { key: 'balances.legacy.balance', table: balances.table, column: balance, types: EXACT },
    { key: 'balances.legacy.total', table: balances.table, column: total, types: EXACT },
    { key: 'balances.legacy.used', table: balances.table, column: used, types: EXACT },
    ...(isMade(actions) ? [] : [{ key: 'actions.cost', table: actions.table, column: actions.cost, types: EXACT }]),
    {
      key: 'balances.active',
      table: balances.table,
      column: typeof balances.active === 'string' ? balances.active : undefined,
      types: ['boolean'],
    },
    { key: 'balances.trial', table: balances.table, column: balances.trial, types: ['boolean'] },
    ...usageTypes(config),
  ];
  const found = await sql<{ position: number; type: string }[]>`
    select w.position::integer as position, format_type(coalesce(nullif(t.typbasetype, 0), t.oid), null) as type
      from unnest(${wanted.map(w => parseQualified(w.table).toString())}::text[],
                  ${wanted.map(w => w.column ?? null)}::text[]) with ordinality as w ("table", "column", position)
      join pg_attribute as a on a.attrelid = w.table::regclass and a.attname = w.column
      join pg_type as t on t.oid = a.atttypid
     order by w.position`;
  const faults = found.flatMap(({ position, type }) => {
    const { key, column, types = [] } = wanted[position - 1] ?? {};
    return types.includes(type) ? [] : [`${key}: ${column} is ${type}, and has to be ${types.join(' or ')}`];
  });
  if (faults.length === 0) return;
  throw new Problem('CONFIG_INVALID', 'The configuration names columns of types that cannot be used so.', {
    state: UNTOUCHED,
    next: 'name other columns, or change their types; `creditshift inspect` shows what is there',
    details: faults,
  });
}

/** What plans that divide by use read. */
function usageTypes({ plans, log, legacyLog }: Config) {
  const read = legacyLog ?? log;
  if (isMade(read) || !Object.values(plans).some(plan => plan.usage)) return [];
  const key = legacyLog ? 'legacyLog' : 'log';
  return [
    { key: `${key}.consumed`, table: read.table, column: read.consumed, types: EXACT },
    { key: `${key}.at`, table: read.table, column: read.at, types: MOMENT },
  ];
}
