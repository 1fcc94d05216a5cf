import { quoteIdentifier as q } from '../config/names.ts';
import type { Queryable } from '../database/connect.ts';
import { qualified, type Table } from './catalog.ts';

/** What stands in the balance table that a migration has to know. */
export interface Counts {
  rows: number;
  /** Rows of no owner, owners with several rows, and the first of those. */
  nullOwners: number;
  repeatedOwners: number;
  repeated: string[];
  nulls: number;
  negatives: number;
  fractions: number;
  notNumbers: number;
  /** Balances that no integer holds. */
  beyond: number;
}

/** Counts of one pass over the table; `balance` is an expression of its columns. */
export async function countsOf(tx: Queryable, table: Table, owner: string, balance: string): Promise<Counts> {
  const value = `(${balance})::numeric`;
  const finite = `${value} not in ('NaN', 'Infinity', '-Infinity')`;
  const [row] = await tx.unsafe<Omit<Counts, 'repeatedOwners' | 'repeated'>[]>(
    `select count(*)::integer as rows, count(*) filter (where ${q(owner)} is null)::integer as "nullOwners",
            count(*) filter (where ${value} is null)::integer as nulls,
            count(*) filter (where ${value} < 0)::integer as negatives,
            count(*) filter (where ${finite} and ${value} <> trunc(${value}))::integer as fractions,
            count(*) filter (where not ${finite})::integer as "notNumbers",
            count(*) filter (where ${finite} and abs(${value}) > 2147483647)::integer as beyond
       from ${qualified(table)}`,
  );
  const repeated = table.unique.includes(owner)
    ? []
    : await tx.unsafe<{ owner: string; all: number }[]>(
        `select ${q(owner)}::text as owner, count(*) over ()::integer as "all" from ${qualified(table)}
          where ${q(owner)} is not null group by ${q(owner)} having count(*) > 1 order by 1 limit 5`,
      );
  const counts = row ?? { rows: 0, nullOwners: 0, nulls: 0, negatives: 0, fractions: 0, notNumbers: 0, beyond: 0 };
  return { ...counts, repeatedOwners: repeated[0]?.all ?? 0, repeated: repeated.map(r => r.owner) };
}
