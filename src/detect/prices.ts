import { quoteIdentifier as q } from '../config/names.ts';
import type { Queryable } from '../database/connect.ts';
import { isExact, isText, qualified, type Table, written } from './catalog.ts';
import type { Log } from './log.ts';
import { ACTION, hasWord } from './words.ts';

export interface Prices {
  table: Table;
  action: string;
  cost: string;
  description: string | undefined;
}

/** Tables with one row an action and what it costs. */
export function pricesOf(tables: readonly Table[], account: Table, tenants: Table | undefined): Prices[] {
  const named = [...ACTION, 'name', 'code', 'slug', 'key'];
  return tables
    .filter(table => table !== account && table !== tenants && !table.references.some(r => r.table === tenants?.id))
    .filter(table => hasWord(table.name, ['action', 'feature', 'operation', 'service', 'cost', 'price', 'pricing']))
    .flatMap((table): Prices[] => {
      const action = table.columns.find(c => isText(c) && table.unique.includes(c.name) && hasWord(c.name, named));
      const cost = table.columns.find(
        c => isExact(c) && hasWord(c.name, ['cost', 'price', 'credit']) && c.name !== table.primary,
      );
      if (!action || !cost) return [];
      const description = table.columns.find(c => isText(c) && hasWord(c.name, ['description', 'label', 'comment']));
      return [{ table, action: action.name, cost: cost.name, description: description?.name }];
    })
    .toSorted(
      (a, b) =>
        Number(hasWord(b.table.name, ['action'])) - Number(hasWord(a.table.name, ['action'])) ||
        written(a.table).localeCompare(written(b.table)),
    );
}

/** An action with its legacy cost, where one is known, and how often the log has it. */
export interface Action {
  action: string;
  cost: string | null;
  /** Undefined without a log. */
  calls: number | undefined;
}

/** More names than this are no catalogue. */
const MOST = 200;

/** Actions of the price list, and those that only the log knows. */
export async function actionsOf(tx: Queryable, prices: Prices | undefined, log: Log | undefined): Promise<Action[]> {
  const listed = prices
    ? await tx.unsafe<{ action: string; cost: string | null }[]>(
        `select ${q(prices.action)}::text as action, trim_scale(${q(prices.cost)}::numeric)::text as cost from ${qualified(prices.table)} order by 1 limit ${MOST}`,
      )
    : [];
  const consumed = log?.columns.consumed;
  const logged = log?.columns.action
    ? await tx.unsafe<{ action: string; calls: number; cost: string | null }[]>(
        `select ${q(log.columns.action)}::text as action, count(*)::integer as calls,
                ${consumed ? `case when min(${q(consumed)}) = max(${q(consumed)}) and min(${q(consumed)}) > 0 then trim_scale(min(${q(consumed)})::numeric)::text end` : 'null'} as cost
           from ${qualified(log.table)} where ${q(log.columns.action)} is not null group by 1 order by 2 desc, 1 limit ${MOST}`,
      )
    : [];
  const calls = new Map(logged.map(row => [row.action, row.calls]));
  return [
    ...listed.map(row => ({ ...row, calls: log && (calls.get(row.action) ?? 0) })),
    ...logged
      .filter(row => !listed.some(priced => priced.action === row.action))
      .map(row => ({ action: row.action, cost: prices ? null : row.cost, calls: row.calls })),
  ];
}
