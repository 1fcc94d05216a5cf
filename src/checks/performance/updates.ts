import type { Model } from '../../config/model.ts';
import type { Queryable } from '../../database/connect.ts';

/** Updates of the balance table that the server counted; HOT ones write no index. */
export interface Updates {
  updates: number;
  hotUpdates: number;
}

export async function readUpdates(sql: Queryable, { balances }: Model): Promise<Updates> {
  const [row] = await sql<Updates[]>`
    select pg_stat_get_tuples_updated(c)::bigint as updates, pg_stat_get_tuples_hot_updated(c)::bigint as "hotUpdates"
      from cast(${balances.table.toString()}::regclass as oid) as c`;
  return { updates: row?.updates ?? 0, hotUpdates: row?.hotUpdates ?? 0 };
}

/** What was journalled right after the cutover that stands now; the counts of updates are younger than the rest. */
export async function readAfterCutover(
  sql: Queryable,
): Promise<({ milliseconds: number } & Partial<Updates>) | undefined> {
  const [row] = await sql<{ data: { milliseconds: number } & Partial<Updates> }[]>`
    select data from creditshift.journal as b
     where event = 'baseline'
       and not exists (select from creditshift.journal as c
                        where c.position > b.position and c.event = 'step' and c.data ->> 'step' = '090_cutover')
     order by position desc limit 1`;
  return row?.data;
}

/** Updates since the cutover; why they cannot be told, where statistics do not reach back so far. */
export async function updatesSinceCutover(sql: Queryable, model: Model): Promise<Updates | string> {
  const [setting] = await sql<{ counted: boolean }[]>`select current_setting('track_counts')::boolean as counted`;
  if (!setting?.counted) return 'track_counts is off, the server counts nothing';
  const then = await readAfterCutover(sql);
  if (then?.updates === undefined || then.hotUpdates === undefined) return 'nothing was counted at the cutover';
  const now = await readUpdates(sql, model);
  if (now.updates < then.updates) return 'the statistics were reset after the cutover';
  return { updates: now.updates - then.updates, hotUpdates: now.hotUpdates - then.hotUpdates };
}
