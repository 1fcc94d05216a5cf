import { quoteIdentifier as q } from '../config/names.ts';
import type { Queryable } from '../database/connect.ts';
import { type Column, isText, qualified, type Table } from './catalog.ts';
import { type Choose, type Found, settle } from './found.ts';
import type { Look } from './look.ts';
import { hasWord, wordsOf } from './words.ts';

export interface Plans {
  /** Undefined where no column says which plan an organization has. */
  column: Found | undefined;
  /** Values of the column that become plans, with their organizations. */
  values: { value: string; count: number }[];
  /** Values that differ from one of those only in case. */
  spellings: { value: string; count: number; like: string }[];
  /** Organizations without a plan. */
  none: number;
  /** Columns elsewhere that look like a plan. */
  elsewhere: string[];
}

/** More values than this are no pricing plans. */
const MOST = 40;

/** The column with the plan's name, and what stands in it. */
export async function plansOf(choose: Choose, look: Look, table: Table, tenants: Table | undefined): Promise<Plans> {
  const candidates = namedPlan(table);
  const elsewhere = tenants && tenants !== table ? namedPlan(tenants).map(c => `${tenants.name}.${c.name}`) : [];
  const columns = candidates.map(column => column.name);
  const column =
    columns.length === 0
      ? undefined
      : await settle(choose, 'Which column holds the plan’s name:', columns, () => 'its values are under plans');
  const counted =
    column?.value && columns.includes(column.value) ? await look(tx => valuesOf(tx, table, column.value ?? '')) : [];
  if (counted.length > MOST) {
    const because = `has more than ${MOST} values; is it a plan? Else remove this line`;
    return {
      column: { value: undefined, because: `${column?.value} ${because}` },
      values: [],
      spellings: [],
      none: 0,
      elsewhere,
    };
  }
  const named = counted.flatMap(({ value, count }) => (value ? [{ value, count }] : []));
  // Of two spellings the commoner is the plan, or the one in lower case.
  const ranked = named.toSorted(
    (a, b) => b.count - a.count || lower(b.value) - lower(a.value) || a.value.localeCompare(b.value),
  );
  const plans = ranked.filter((row, i) => !ranked.slice(0, i).some(before => alike(before.value, row.value)));
  const spellings = ranked
    .filter(row => !plans.includes(row))
    .map(row => ({ ...row, like: plans.find(plan => alike(plan.value, row.value))?.value ?? '' }));
  const none = counted.filter(({ value }) => !value).reduce((sum, { count }) => sum + count, 0);
  return { column, values: plans, spellings, none, elsewhere };
}

const alike = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
const lower = (text: string) => Number(text === text.toLowerCase());

const namedPlan = (table: Table): Column[] =>
  table.columns
    .filter(column => isText(column) || (/id$/i.test(column.name) && wordsOf(column.name).length > 1))
    .filter(
      column =>
        hasWord(column.name, ['plan', 'tier', 'package']) && !hasWord(column.name, ['status', 'description', 'period']),
    );

async function valuesOf(
  tx: Queryable,
  table: Table,
  column: string,
): Promise<{ value: string | null; count: number }[]> {
  return tx.unsafe<{ value: string | null; count: number }[]>(
    `select ${q(column)}::text as value, count(*)::integer as count from ${qualified(table)} group by 1 order by 2 desc, 1 limit ${MOST + 2}`,
  );
}

export interface Standing {
  active: { column: string; values: string[]; because: string } | undefined;
  trial: { column: string; because: string } | undefined;
}

/** Columns that say whether an organization is active or on trial. */
export async function standingOf(look: Look, table: Table): Promise<Standing> {
  const yes = (word: string) => table.columns.find(column => column.type === 'boolean' && hasWord(column.name, [word]));
  const trial = yes('trial');
  const flag = yes('active') ?? yes('enabled');
  const [status] = table.columns.filter(column => isText(column) && /^(account_?)?(status|state)$/i.test(column.name));
  const active = flag
    ? { column: flag.name, values: [], because: 'policies.inactive decides on false' }
    : status && (await look(tx => activeBy(tx, table, status.name)));
  return { active, trial: trial && { column: trial.name, because: 'policies.trial decides on true' } };
}

async function activeBy(tx: Queryable, table: Table, column: string): Promise<Standing['active']> {
  const found = await valuesOf(tx, table, column);
  const all = found.flatMap(({ value, count }) => (value === null ? [] : [{ value, count }]));
  const active = all.filter(({ value }) => /^(active|enabled|trial(ing)?)$/i.test(value));
  if (active.length === 0 || all.length > 12) return undefined;
  const because = `of ${all.map(({ value, count }) => `${value} ${count}`).join(', ')}; policies.inactive decides on the others`;
  return { column, values: active.map(({ value }) => value), because };
}
