import type { Queryable } from '../database/connect.ts';
import { SHOWN, type Violations } from './check.ts';

/**
 * Runs a select of one text column, a row for each violation; keeps the first 20 and the count of all.
 * @param parameters texts; an array goes as JSON
 */
export async function select(
  sql: Queryable,
  text: string,
  parameters: readonly (string | readonly unknown[])[] = [],
): Promise<Violations> {
  const rows = await sql.unsafe<{ row: string; count: number }[]>(
    `select v.row, count(*) over () as count from (${text}) as v (row) order by v.row limit ${SHOWN}`,
    parameters.map(p => (typeof p === 'string' ? p : JSON.stringify(p))),
  );
  return { count: Number(rows[0]?.count ?? 0), rows: rows.map(r => r.row) };
}

/** Nothing to judge by, and why. */
export const notJudged = (reason: string): Violations => ({ count: 0, rows: [], notJudged: reason });

/** Violations that were found one by one. */
export const listed = (rows: readonly string[]): Violations => ({ count: rows.length, rows: rows.slice(0, SHOWN) });
