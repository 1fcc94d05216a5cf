import { createHash } from 'node:crypto';
import { z } from 'zod';
import { parseQualified, quoteIdentifier } from '../config/names.ts';
import { type CatalogEntry, recordedCatalog } from '../database/catalog.ts';
import type { Transaction } from '../database/connect.ts';
import type { CopyTable } from './copy-set.ts';
import { copiedTables, withinCopied } from './form.ts';

/** What a backup has to give again when it is restored, counted in the snapshot that it was taken of. */
export const controlsSchema = z.object({
  /** `checksum`: the sum of the first 64 bits of SHA-256 of every row, so that the order of rows does not matter. */
  tables: z.array(
    z.object({
      table: z.string(),
      columns: z.array(z.string()),
      partial: z.boolean(),
      rows: z.int(),
      checksum: z.string(),
    }),
  ),
  /** Sums of the balance table: the legacy columns, and what every pool has. */
  balances: z.object({
    table: z.string(),
    sums: z.array(z.object({ column: z.string(), sum: z.string() })),
  }),
  /** Of the tables copied whole, and the functions that go with them: definitions, constraints, policies, privileges. */
  catalog: z.object({ sha256: z.string(), objects: z.array(z.string()) }),
});
export type Controls = z.output<typeof controlsSchema>;

/** What is counted. */
export interface Counted {
  tables: readonly CopyTable[];
  /** Columns that the table does not have are left out. */
  balances: { table: string; columns: readonly string[] };
  /** The legacy function, with all its overloads. */
  consume: { schema: string; name: string };
}

/** Takes the control totals in the snapshot of `tx`, which has to write one form (form.ts). */
export async function takeControls(tx: Transaction, counted: Counted): Promise<Controls> {
  const tables: Controls['tables'] = [];
  for (const table of counted.tables) tables.push(await tableControl(tx, table));
  const entries = await coveredEntries(tx, counted);
  return {
    tables,
    balances: { table: counted.balances.table, sums: await balanceSums(tx, counted.balances) },
    catalog: { sha256: hashOf(entries), objects: entries.map(keyOf) },
  };
}

async function tableControl(tx: Transaction, { table, columns, partial = false }: CopyTable) {
  // A column of the row's name would be taken instead of the row.
  const list = columns.map(quoteIdentifier).join(', ');
  const [row] = await tx.unsafe<{ rows: number; checksum: string }[]>(`
    select count(*)::bigint as rows,
           coalesce(sum(('x' || encode(substr(sha256(convert_to(creditshift_row::text, 'UTF8')), 1, 8), 'hex'))::bit(64)::bigint::numeric), 0)::text as checksum
      from (select ${list} from ${table}) as creditshift_row`);
  if (!row) throw new Error('the server answered nothing');
  return { table: table.toString(), columns, partial, ...row };
}

async function balanceSums(tx: Transaction, { table, columns }: Counted['balances']) {
  const there = await tx<{ column: string }[]>`
    select attname as column from pg_attribute
     where attrelid = ${table}::text::regclass and attnum > 0 and not attisdropped`;
  const sums: Controls['balances']['sums'] = [];
  for (const column of columns.filter(name => there.some(t => t.column === name))) {
    const [row] = await tx.unsafe<{ sum: string }[]>(
      `select coalesce(sum(${quoteIdentifier(column)}), 0)::text as sum from ${table}`,
    );
    sums.push({ column, sum: row?.sum ?? '' });
  }
  return sums;
}

/**
 * The catalog entries that a restore of this backup has to make again: of the tables copied whole everything but foreign
 * keys to what is not in it; the legacy function with its overloads; the functions that triggers, policies and defaults call.
 */
export async function coveredEntries(
  tx: Transaction,
  { tables, consume }: Pick<Counted, 'tables' | 'consume'>,
): Promise<CatalogEntry[]> {
  const rows = await tx<{ key: string }[]>`
    with copied as (${copiedTables(tx, tables)}), whole as (select * from copied where whole)
    select 'relation ' || name as key from whole
    union all
    select 'column ' || format('%s.%s %s', w.name, row_number() over (partition by w.oid order by a.attnum), a.attname)
      from whole as w join pg_attribute as a on a.attrelid = w.oid and a.attnum > 0 and not a.attisdropped
    union all
    select format('constraint %s %s', w.name, k.conname) from pg_constraint as k join whole as w on w.oid = k.conrelid
     where ${withinCopied(tx)}
    union all
    select 'index ' || i.indexrelid::regclass from pg_index as i join whole as w on w.oid = i.indrelid
    union all
    select format('trigger %s %s', w.name, t.tgname) from pg_trigger as t join whole as w on w.oid = t.tgrelid
    union all
    select format('policy %s %s', w.name, p.polname) from pg_policy as p join whole as w on w.oid = p.polrelid
    union all
    select 'function ' || p.oid::regprocedure from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace
     where n.nspname = ${consume.schema} and p.proname = ${consume.name}
    union all
    select 'function ' || d.refobjid::regprocedure from pg_depend as d
     where d.refclassid = 'pg_proc'::regclass
       and (d.classid, d.objid) in (
         select 'pg_trigger'::regclass::oid, t.oid from pg_trigger as t join whole as w on w.oid = t.tgrelid
         union all select 'pg_policy'::regclass::oid, p.oid from pg_policy as p join whole as w on w.oid = p.polrelid
         union all select 'pg_attrdef'::regclass::oid, a.oid from pg_attrdef as a join whole as w on w.oid = a.adrelid)`;
  const keys = new Set(rows.map(row => row.key));
  return (await recordedCatalog(tx)).filter(entry => keys.has(keyOf(entry)));
}

export const keyOf = (entry: CatalogEntry): string => `${entry.kind} ${entry.identity}`;

const hashOf = (entries: readonly CatalogEntry[]): string =>
  createHash('sha256').update(JSON.stringify(entries)).digest('hex');

/** A line for each control total that is not what it was. */
export function controlDifferences(was: Controls, is: Controls): string[] {
  const lines: string[] = [];
  for (const before of was.tables) {
    const name = parseQualified(before.table);
    const after = is.tables.find(t => t.table === before.table);
    if (after?.rows !== before.rows) lines.push(`${name.schema}.${name.name}: ${after?.rows} rows, not ${before.rows}`);
    else if (after.checksum !== before.checksum)
      lines.push(`${name.schema}.${name.name}: its rows are not those of the backup`);
  }
  for (const before of was.balances.sums) {
    const after = is.balances.sums.find(s => s.column === before.column)?.sum;
    if (after !== before.sum) lines.push(`sum of ${before.column}: ${after ?? 'none'}, not ${before.sum}`);
  }
  return lines;
}
