import { type Column, columnOf, isExact, isJson, isText, isTime, type Table, written } from './catalog.ts';
import { ACTION, hasWord } from './words.ts';

/** Columns that the ledger needs of a log; the configuration names each. */
export const LOG = ['owner', 'action', 'consumed', 'before', 'after', 'outcome', 'user', 'metadata', 'at'] as const;
export type LogColumns = Partial<Record<(typeof LOG)[number], string>>;

export interface Log {
  table: Table;
  columns: LogColumns;
  missing: string[];
}

/** Tables with an entry for each charge: an owner that repeats, an action and a time. The most complete is first. */
export function logsOf(tables: readonly Table[], account: Table, owner: string, tenants: Table | undefined): Log[] {
  const keyType = columnOf(account, owner)?.type;
  return tables
    .filter(table => table !== account && table !== tenants)
    .flatMap((table): Log[] => {
      const columns = columnsOf(table, owner, keyType, tenants);
      if (!columns.owner || !columns.action || !columns.at || table.unique.includes(columns.owner)) return [];
      return [{ table, columns, missing: LOG.filter(key => columns[key] === undefined) }];
    })
    .filter(log => !hasWord(log.table.name, ['grant', 'purchase', 'payment']))
    .filter(log =>
      hasWord(log.table.name, ['credit', 'usage', 'consumption', 'charge', 'log', 'ledger', 'transaction', 'token']),
    )
    .toSorted((a, b) => a.missing.length - b.missing.length || written(a.table).localeCompare(written(b.table)));
}

function columnsOf(table: Table, owner: string, keyType: string | undefined, tenants: Table | undefined): LogColumns {
  const taken = new Set<string>();
  const first = (fits: (column: Column) => boolean): string | undefined => {
    const found = table.columns.find(column => !taken.has(column.name) && fits(column))?.name;
    if (found !== undefined) taken.add(found);
    return found;
  };
  const named =
    (...words: string[]) =>
    (column: Column) =>
      hasWord(column.name, words);
  const refers = table.references.find(r => r.table === tenants?.id)?.column;
  const found = {
    owner:
      first(column => column.name === (refers ?? owner)) ??
      first(c => c.type === keyType && c.name === `${tenants?.name}_id`),
    action: first(column => isText(column) && hasWord(column.name, ACTION)),
    before: first(column => isExact(column) && named('before', 'previous', 'old')(column)),
    after: first(column => isExact(column) && named('after', 'new')(column)),
    consumed: first(
      column => isExact(column) && named('consumed', 'used', 'spent', 'amount', 'cost', 'credit', 'delta')(column),
    ),
    outcome: first(column => isText(column) && named('outcome', 'result', 'status')(column)),
    user: first(column => named('user', 'actor')(column) && /id$|by$|user$/i.test(column.name)),
    metadata: first(isJson),
    at:
      first(column => isTime(column) && named('created', 'at', 'time', 'date', 'on', 'inserted')(column)) ??
      first(isTime),
  };
  return Object.fromEntries(Object.entries(found).filter(([, column]) => column !== undefined));
}
