import type { Queryable } from '../database/connect.ts';
import { writesColumn } from '../database/writers.ts';
import { columnOf, isExact, isText, isTime, type Table, written } from './catalog.ts';
import { ACTION, hasWord, namesAccount, namesRecords, type Purpose, purposeOf, saysLeft, subjectOf } from './words.ts';

/** A table whose rows may be the balances, one an organization. */
export interface Account {
  table: Table;
  /** Columns that hold, or may hold, the key of the organization; the first is the likeliest. */
  owners: string[];
  /** The organizations stand in this table itself. */
  own: boolean;
  score: number;
}

/** Least score of a candidate: a number named after credits, in a table with one row an owner. */
const LEAST = 4;

/** Tables that may hold the balances, the likeliest first. */
export async function accountsOf(tx: Queryable, tables: readonly Table[]): Promise<Account[]> {
  const named = tables.filter(table => table.columns.some(column => isBalance(column, table)) || countsUse(table));
  const bodies = await readBodies(tx, named);
  return named
    .flatMap(table => account(table, tables, bodies))
    .filter(({ score }) => score >= LEAST)
    .toSorted((a, b) => b.score - a.score || written(a.table).localeCompare(written(b.table)));
}

/** What a column of exact numbers is for; undefined for any other column. */
export const numberOf = (column: Table['columns'][number], table: Table): Purpose | undefined =>
  isExact(column) && table.primary !== column.name ? purposeOf(column.name, table.name) : undefined;

const isBalance = (column: Table['columns'][number], table: Table) => numberOf(column, table) === 'balance';

const countsUse = (table: Table) => {
  const purposes = table.columns.map(column => numberOf(column, table));
  return purposes.includes('total') && purposes.includes('used');
};

function account(table: Table, tables: readonly Table[], bodies: readonly string[]): Account[] {
  const others = ownersOf(table, tables).filter(column => column !== table.primary || !namesItself(table));
  const unique = others.filter(column => table.unique.includes(column));
  const own = unique.length === 0 && table.primary !== null && (others.length === 0 || !namesAccount(table.name));
  const owners = own ? [table.primary as string] : unique.length > 0 ? unique : others;
  if (owners.length === 0) return [];
  const balances = table.columns.filter(column => isBalance(column, table));
  const updated = table.columns.some(
    column => numberOf(column, table) && bodies.some(body => writesColumn(body, table.name, column.name)),
  );
  const score =
    (own || unique.length > 0 ? 4 : 2) +
    (namesAccount(table.name) ? 2 : 0) +
    (balances.some(column => saysLeft(column.name)) ? 1 : 0) +
    (updated ? 3 : 0) -
    (namesRecords(table.name) ? 6 : 0) -
    (records(table) ? 6 : 0);
  return [{ table, owners, own, score }];
}

/** Columns with the key of a row elsewhere: by a foreign key, or named after a table whose key has their type. */
export function ownersOf(table: Table, tables: readonly Table[]): string[] {
  const keyed = table.references.map(reference => reference.column);
  const named = table.columns
    .filter(column => !keyed.includes(column.name) && targetOf(table, column.name, tables))
    .map(column => column.name);
  return [...keyed, ...named];
}

/** The table that a column refers to, and its key. */
export function targetOf(
  table: Table,
  column: string,
  tables: readonly Table[],
): { table: Table; key: string } | undefined {
  const reference = table.references.find(r => r.column === column);
  if (reference) {
    const found = tables.find(t => t.id === reference.table);
    return found && { table: found, key: reference.key };
  }
  const type = columnOf(table, column)?.type;
  if (!/id$|Id$|ID$|uuid$|key$/.test(column) || subjectOf(column) === '') return undefined;
  const alike = tables.filter(
    t => t !== table && t.primary && subjectOf(t.name) === subjectOf(column) && columnOf(t, t.primary)?.type === type,
  );
  const [found] = [...alike.filter(t => t.schema === table.schema), ...alike];
  return found?.primary ? { table: found, key: found.primary } : undefined;
}

/** A row that one may call by its name is a person or an organization, not merely its credits. */
const namesItself = (table: Table): boolean => nameOf(table) !== undefined;

const NAMES = ['name', 'display', 'title', 'company', 'full', 'username', 'email', 'slug'];

/** Columns that reports may call a row by, best first. */
export const namesOf = (table: Table): string[] =>
  table.columns
    .filter(column => isText(column) && !column.enum && !/plan|tier|status|action|file|time/i.test(column.name))
    .map(column => ({ name: column.name, place: NAMES.findIndex(word => hasWord(column.name, [word])) }))
    .filter(({ place }) => place >= 0)
    .toSorted((a, b) => a.place - b.place)
    .map(({ name }) => name);
export const nameOf = (table: Table): string | undefined => namesOf(table)[0];

/** A row an event: what happened, when, and what it changed. */
const records = (table: Table): boolean =>
  table.columns.some(isTime) &&
  table.columns.some(column => isText(column) && hasWord(column.name, [...ACTION, 'reason'])) &&
  table.columns.some(
    column => isExact(column) && hasWord(column.name, ['amount', 'delta', 'change', 'before', 'after', 'consumed']),
  );

async function readBodies(tx: Queryable, tables: readonly Table[]): Promise<string[]> {
  if (tables.length === 0) return [];
  const names = [...new Set(tables.map(table => table.name.replaceAll(/\W/g, '\\$&')))].join('|');
  const rows = await tx<{ source: string }[]>`
    select coalesce(pg_get_function_sqlbody(p.oid), p.prosrc) as source
      from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace
     where n.nspname !~ '^(pg_|information_schema$|creditshift)' and coalesce(pg_get_function_sqlbody(p.oid), p.prosrc) ~* ${`\\m(${names})\\M`}`;
  return rows.map(row => row.source);
}
