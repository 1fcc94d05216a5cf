import Big from 'big.js';
import type { Model } from '../config/model.ts';
import { quoteIdentifier } from '../config/names.ts';
import { type CatalogEntry, catalogDifference, recordedCatalog } from '../database/catalog.ts';
import type { Sql } from '../database/connect.ts';
import { counted } from '../output/counted.ts';
import type { Kept } from './kept.ts';

/** Copies of a rehearsal's tables lie here; the catalog comparison leaves schemas of the toolkit out. */
const SCHEMA = 'creditshift_rehearsal';

/** A database as it was before the migration: its catalog, and a copy of every table in the database itself. */
export interface Original {
  catalog: CatalogEntry[];
  tables: { table: string; columns: string[]; copy: string }[];
}

/** Keeps the original of a disposable database. Never call it on another one: it writes a schema of its own. */
export async function keepOriginal(sql: Sql): Promise<Original> {
  const catalog = await recordedCatalog(sql);
  const found = await sql<{ table: string; columns: string[] }[]>`
    select format('%I.%I', n.nspname, c.relname) as table, json_agg(a.attname order by a.attnum) as columns
      from pg_class as c
      join pg_namespace as n on n.oid = c.relnamespace
      join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
     where c.relkind in ('r', 'p') and n.nspname !~ '^(pg_|information_schema$|creditshift)'
     group by 1 order by 1`;
  const tables = found.map((t, index) => ({ ...t, copy: `${SCHEMA}.t${index}` }));
  await sql.unsafe(`create schema ${SCHEMA}`);
  for (const t of tables) await sql.unsafe(`create table ${t.copy} as table ${t.table}`);
  return { catalog, tables };
}

/** What may differ: log entries that the rehearsal wrote, and rows that were added and are kept on purpose. */
export interface Allowed {
  catalog: boolean;
  entries: number;
  kept: Kept;
}

/** What differs now: objects of the catalog, rows of tables. The legacy balance and new log entries are looked at apart. */
export async function differences(sql: Sql, original: Original, model: Model, allowed: Allowed): Promise<string[]> {
  const found = allowed.catalog ? catalogDifference(original.catalog, await recordedCatalog(sql)) : [];
  const { balances, actions, log } = model;
  for (const { table, columns, copy } of original.tables) {
    const isBalances = isTable(table, balances.table);
    const list = columns
      .filter(c => !(isBalances && c === balances.moved))
      .map(quoteIdentifier)
      .join(', ');
    const [key, kept] = isBalances
      ? [balances.owner, allowed.kept.organizations]
      : isTable(table, actions.table)
        ? [actions.action, allowed.kept.actions]
        : [columns[0] ?? '', []];
    const rows = (from: string) =>
      `select t::text from (select ${list} from ${from} where ${quoteIdentifier(key)}::text <> all ($1::text[]) is not false) as t`;
    const [count] = await sql.unsafe<{ missing: number; extra: number }[]>(
      `select (select count(*) from (${rows(copy)} except all ${rows(table)}) as m)::integer as missing,
              (select count(*) from (${rows(table)} except all ${rows(copy)}) as e)::integer as extra`,
      [kept],
    );
    const extra = (count?.extra ?? 0) - (isTable(table, log.table) ? allowed.entries : 0);
    if (count?.missing) found.push(`${table}: ${counted(count.missing, 'row')} lost or changed`);
    if (extra !== 0) found.push(`${table}: ${counted(extra, 'row')} more than expected`);
  }
  return found;
}

/**
 * What the application did meanwhile belongs to the original: the balance rows of new organizations, and tables that are
 * not the migration's as they stand now.
 */
export async function adopt(
  sql: Sql,
  original: Original,
  model: Model,
  organizations: readonly string[],
): Promise<void> {
  const { balances, actions, log } = model;
  for (const { table, columns, copy } of original.tables) {
    if (isTable(table, actions.table) || isTable(table, log.table)) continue;
    const list = columns.map(quoteIdentifier).join(', ');
    if (isTable(table, balances.table)) {
      await sql.unsafe(
        `insert into ${copy} select ${list} from ${table} where ${quoteIdentifier(balances.owner)}::text = any ($1::text[])`,
        [[...organizations]],
      );
    } else {
      await sql.unsafe(`truncate ${copy}; insert into ${copy} select ${list} from ${table}`);
    }
  }
}

const isTable = (table: string, { schema, name }: { schema: string; name: string }): boolean =>
  table.replaceAll('"', '') === `${schema}.${name}`;

/** Organizations whose legacy balance is not what it was less what `charged` says (legacy credits by organization). */
export async function balanceDifferences(
  sql: Sql,
  original: Original,
  model: Model,
  charged: ReadonlyMap<string, Big>,
): Promise<string[]> {
  const { owner, value, table } = model.balances;
  const copy = original.tables.find(t => isTable(t.table, table))?.copy;
  const rows = await sql.unsafe<{ organization: string; before: string; now: string | null }[]>(`
    select o.${quoteIdentifier(owner)}::text as organization, coalesce(${value.o}, 0)::text as before,
           coalesce(${value.b}, 0)::text as now
      from ${copy} as o left join ${table} as b using (${quoteIdentifier(owner)})`);
  return rows.flatMap(row => {
    const before = new Big(row.before);
    const expected = before.minus(charged.get(row.organization) ?? 0);
    const least = before.lt(0) ? before : new Big(0);
    const clamped = expected.lt(least) ? least : expected;
    if (row.now !== null && clamped.eq(row.now)) return [];
    return [`${row.organization}: legacy balance ${row.now ?? 'is gone'}, expected ${clamped.toFixed()}`];
  });
}
