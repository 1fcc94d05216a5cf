import type { Queryable } from '../database/connect.ts';
import { Problem, UNTOUCHED } from '../problems.ts';

/** Whole months of UTC: those that ended so many months ago, or before a day in ISO 8601. */
export type OlderThan = { months: number } | { day: string };

/** `13mo`, or a day like `2025-10-01`; undefined for anything else. */
export function olderThanOf(text: string): OlderThan | undefined {
  const [, months] = /^([1-9]\d{0,2})mo$/.exec(text) ?? [];
  if (months) return { months: Number(months) };
  const day = /^\d{4}-\d\d-\d\d$/.test(text) ? new Date(`${text}T00:00:00Z`) : undefined;
  return day && !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text) ? { day: text } : undefined;
}

/**
 * The first day that stays, `2025-10-01`: a month goes when all of it is older. By the clock of the database.
 * @throws Problem USAGE where a month that has not ended would go
 */
export async function firstKept(sql: Queryable, olderThan: OlderThan): Promise<string> {
  const day = 'day' in olderThan ? olderThan.day : null;
  const months = 'months' in olderThan ? olderThan.months : 0;
  const [row] = await sql<{ kept: string; ended: boolean }[]>`
    with clock as (select date_trunc('month', now() at time zone 'UTC') as month),
         kept as (select coalesce(date_trunc('month', ${day}::text::timestamp), month - make_interval(months => ${months}::integer)) as first from clock)
    select to_char(first, 'YYYY-MM-DD') as kept, first <= month as ended from kept, clock`;
  if (row?.ended) return row.kept;
  throw new Problem('USAGE', `${day} is not over: only whole months go, and this month stays.`, {
    state: UNTOUCHED,
    next: 'creditshift audit --help',
  });
}
