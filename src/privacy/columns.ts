import { parseQualified, type Qualified } from '../config/names.ts';
import { activeColumn, type Config } from '../config/schema.ts';
import type { Queryable } from '../database/connect.ts';
import { standing } from '../database/standing.ts';

/** Why a column counts as personal: its name says so, nothing restricts its text, or it refers to a person's row. */
export type Reason = 'named' | 'free' | 'reference';

export interface Column {
  name: string;
  type: string;
  /** pg_type.typcategory: N numbers, D dates, T intervals, B booleans, E enums, A arrays … */
  category: string;
  required: boolean;
  /** Null: it is not personal. */
  personal: Reason | null;
}

/** A credit table, or that of the organizations, with all its columns but the generated ones. */
export interface CreditTable {
  table: Qualified;
  columns: Column[];
}

/**
 * The columns of the credit tables and of the organizations, and which of them may hold personal data: what `privacy.personal`
 * names, and all else but what a migration needs, keys, numbers, dates, booleans, enums and columns under a CHECK.
 */
export async function creditColumns(sql: Queryable, config: Config): Promise<CreditTable[]> {
  const named = tablesOf(config);
  const credit = await standing(
    sql,
    named.map(entry => entry.table),
  );
  const tables = named.filter(({ table }) => credit.includes(table.toString()));
  const found: CreditTable[] = [];
  for (const { table, needed, personal } of tables) {
    const said = { ...config.privacy, personal: [...config.privacy.personal, ...personal] };
    const columns = (await readColumns(sql, table, credit)).map(column => ({
      ...column,
      personal: needed.includes(column.name) ? null : reasonOf(column, said),
    }));
    found.push({ table, columns });
  }
  return found;
}

/** A column that may hold personal data. */
export interface PersonalColumn {
  table: string;
  column: string;
  type: string;
  because: Reason;
}

/** The same as a list, of personal columns only. */
export async function personalColumns(sql: Queryable, config: Config): Promise<PersonalColumn[]> {
  return (await creditColumns(sql, config)).flatMap(({ table, columns }) =>
    columns.flatMap(({ name, type, personal }) =>
      personal ? [{ table: `${table.schema}.${table.name}`, column: name, type, because: personal }] : [],
    ),
  );
}

interface Named {
  table: Qualified;
  /** Columns that a migration needs as they are. */
  needed: string[];
  /** Columns that say who it was, whatever they are called. */
  personal: string[];
}

/** Each table once, with what the configuration says of its columns. */
function tablesOf({ tenants, balances, actions, log }: Config): Named[] {
  const { balance, total, used, others } = balances.legacy;
  // The key of a charge is the toolkit's own, and stays: who repeats the charge has to find it.
  const entries = ['idempotency_key', log.owner, log.action, log.consumed, log.before, log.after, log.outcome, log.at];
  const named: [string, (string | undefined)[], string[]][] = [
    [tenants.table, [tenants.key], [tenants.name]],
    [
      balances.table,
      [balances.owner, balances.plan, activeColumn(balances), balances.trial, balance, total, used, ...others],
      [],
    ],
    [actions.table, [actions.action, actions.cost, actions.description], []],
    [log.table, entries, [log.user, log.metadata]],
  ];
  const byTable = new Map<string, Named>();
  for (const [text, needed, personal] of named) {
    const table = parseQualified(text);
    const entry = byTable.get(table.toString()) ?? { table, needed: [], personal: [] };
    entry.needed.push(...needed.filter(c => c !== undefined));
    entry.personal.push(...personal);
    byTable.set(table.toString(), entry);
  }
  return [...byTable.values()];
}

interface Found extends Omit<Column, 'personal'> {
  /** Key of the table, or reference to another credit table. */
  key: boolean;
  /** Reference to any other table. */
  dangling: boolean;
  checked: boolean;
}

function reasonOf(
  column: Found,
  { personal, harmless }: Pick<Config['privacy'], 'personal' | 'harmless'>,
): Reason | null {
  const isIn = (names: readonly string[]) => names.some(name => name.toLowerCase() === column.name.toLowerCase());
  if (isIn(harmless)) return null;
  if (isIn(personal)) return 'named';
  const restricted = column.key || column.checked || 'NDTBE'.includes(column.category);
  if (column.dangling && !(restricted && column.required)) return 'reference';
  return restricted ? null : 'free';
}

async function readColumns(sql: Queryable, table: Qualified, credit: readonly string[]): Promise<Found[]> {
  const rows = await sql<Found[]>`
    select a.attname as name, format_type(a.atttypid, a.atttypmod) as type, t.typcategory as category,
           a.attnotnull or (t.typtype = 'd' and t.typnotnull) as required,
           coalesce(bool_or(k.contype = 'p' or (k.contype = 'f' and k.confrelid = any (c.oids))), false) as key,
           coalesce(bool_or(k.contype = 'f' and k.confrelid <> all (c.oids)), false) as dangling,
           coalesce(bool_or(k.contype = 'c'), false) as checked
      from pg_attribute as a
      join pg_type as t on t.oid = a.atttypid
      cross join (select ${credit}::text[]::regclass[]::oid[]) as c (oids)
      left join pg_constraint as k on k.conrelid = a.attrelid and a.attnum = any (k.conkey)
     where a.attrelid = ${table.toString()}::regclass and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
     group by a.attnum, a.attname, a.atttypid, a.atttypmod, t.typcategory, a.attnotnull, t.typtype, t.typnotnull, c.oids
     order by a.attnum`;
  return [...rows];
}
