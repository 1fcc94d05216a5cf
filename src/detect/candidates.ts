import { quoteIdentifier as q } from '../config/names.ts';
import type { Queryable } from '../database/connect.ts';
import { numberOf } from './accounts.ts';
import { type Column, qualified, type Table } from './catalog.ts';
import { saysLeft } from './words.ts';

/** Something that may be the balance: a column, or total − used. */
export interface Candidate {
  /** What a person calls it, and types. */
  label: string;
  columns: readonly string[];
  sql: string;
  /** A generated column is never the balance: nothing can be settled into it. */
  generated: boolean;
}

/** What the table has that may be the balance, the likeliest first; `written` says whether functions write a column. */
export function candidatesOf(table: Table, written: (column: string) => boolean) {
  const of = (purpose: string) => table.columns.filter(column => numberOf(column, table) === purpose);
  const rank = ({ name }: Column) => (written(name) ? 2 : 0) + (saysLeft(name) ? 1 : 0);
  const [total] = of('total');
  const [used] = of('used');
  const single = of('balance')
    .toSorted((a, b) => rank(b) - rank(a))
    .map(({ name, generated }) => ({ label: name, columns: [name], sql: q(name), generated: generated !== null }));
  const pair = total && used && !total.generated && !used.generated ? [difference(total.name, used.name)] : [];
  return { total: total?.name, used: used?.name, candidates: [...single, ...pair] satisfies Candidate[] };
}

const difference = (total: string, used: string): Candidate => ({
  label: `${total} - ${used}`,
  columns: [total, used],
  sql: `${q(total)} - ${q(used)}`,
  generated: false,
});

/** In how many rows the others say something else than the first. */
export async function disagreements(
  tx: Queryable,
  table: Table,
  first: Candidate,
  others: readonly Candidate[],
): Promise<{ other: Candidate; rows: number; of: number }[]> {
  if (others.length === 0) return [];
  const counts = others.map(
    (other, i) => `count(*) filter (where ${other.sql} is distinct from ${first.sql})::integer as "c${i}"`,
  );
  const [row] = await tx.unsafe<Record<string, number>[]>(
    `select count(*)::integer as "all", ${counts.join(', ')} from ${qualified(table)}`,
  );
  return others.map((other, i) => ({ other, rows: row?.[`c${i}`] ?? 0, of: row?.all ?? 0 }));
}
