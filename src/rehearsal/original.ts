import Big from 'big.js';
import type { Model } from '../config/model.ts';
import { quoteIdentifier } from '../config/names.ts';
import { type CatalogEntry, catalogDifference, recordedCatalog } from '../database/catalog.ts';
import type { Sql } from '../database/connect.ts';

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

/** What differs now: objects of the catalog, rows of tables. The legacy balance and new log entries are looked at apart. */
export async function differences(
  sql: Sql,
  original: Original,
  model: Model,
  parts: { catalog: boolean; entries: number },
): Promise<string[]> {
  const found = parts.catalog ? catalogDifference(original.catalog, await recordedCatalog(sql)) : [];
  const unquoted = (name: { schema: string; name: string }) => `${name.schema}.${name.name}`;
  for (const { table, columns, copy } of original.tables) {
    const isBalances = table.replaceAll('"', '') === unquoted(model.balances.table);
    const isLog = table.replaceAll('"', '') === unquoted(model.log.table);
    const dependent = isBalances ? [model.balances.balance] : [];
    const list = columns
      .filter(c => !dependent.includes(c))
      .map(quoteIdentifier)
      .join(', ');
    const rows = (from: string) => `select t::text from (select ${list} from ${from}) as t`;
    const [count] = await sql.unsafe<{ missing: number; extra: number }[]>(`
      select (select count(*) from (${rows(copy)} except all ${rows(table)}) as m)::integer as missing,
             (select count(*) from (${rows(table)} except all ${rows(copy)}) as e)::integer as extra`);
    const extra = (count?.extra ?? 0) - (isLog ? parts.entries : 0);
    if (count?.missing) found.push(`${table}: ${count.missing} rows lost or changed`);
    if (extra !== 0) found.push(`${table}: ${extra} rows more than expected`);
  }
  return found;
}

/** Organizations whose legacy balance is not what it was less what `charged` says (legacy credits by organization). */
export async function balanceDifferences(
  sql: Sql,
  original: Original,
  model: Model,
  charged: ReadonlyMap<string, Big>,
): Promise<string[]> {
  const { owner, balance, table } = model.balances;
  const copy = original.tables.find(t => t.table.replaceAll('"', '') === `${table.schema}.${table.name}`)?.copy;
  const rows = await sql.unsafe<{ organization: string; before: string; now: string | null }[]>(`
    select o.${quoteIdentifier(owner)}::text as organization, coalesce(o.${quoteIdentifier(balance)}, 0)::text as before,
           coalesce(b.${quoteIdentifier(balance)}, 0)::text as now
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
