import type { Queryable } from '../database/connect.ts';
import type { Signal } from './signal.ts';

/** Sessions at once that are never too many. */
const NEGLIGIBLE = 2;
/** Looks at the baseline. */
const BASELINE = 9;
/** Milliseconds of a hold after which those still at work are the clients' own doing. */
const THEIRS = 5000;

/** How many other sessions are at work, as a signal to hold and as what pages and rests go by. */
export interface Sessions {
  signal: Signal;
  /** Any were at work within the last so many milliseconds' looks. */
  seenWithin: (milliseconds: number) => boolean;
}

/**
 * Sessions that pile up: `times` more at work at once than before the first page. What other throttles call running
 * threads shows a server short of anything: processors, disk or locks.
 * @param times false: they are looked at for the pace, and never hold
 */
export async function openSessions(sql: Queryable, times: number | false, theirs = THEIRS): Promise<Sessions> {
  let seen = Number.NEGATIVE_INFINITY;
  const look = async () => {
    const count = await sessionsAtWork(sql);
    if (count > 0) seen = performance.now();
    return count;
  };
  const first: number[] = [];
  for (let n = 0; n < BASELINE; n++) first.push(await look());
  const baseline = mean(first);
  const few = (count: number, usual: number) => times === false || count <= times * usual + NEGLIGIBLE;
  let hold: { since: number; counts: number[] } | undefined;
  /** What clients keep at work by themselves, as the last long hold saw it; until they are as few as before. */
  let theirOwn: number | undefined;
  const reason = async () => {
    const count = await look();
    if (few(count, baseline)) theirOwn = undefined;
    if (few(count, theirOwn ?? baseline)) {
      hold = undefined;
      return undefined;
    }
    hold ??= { since: performance.now(), counts: [] };
    hold.counts.push(count);
    if (performance.now() - hold.since <= theirs)
      return `${count} sessions are at work at once, ${baseline.toFixed(1)} before the first page`;
    theirOwn = mean(hold.counts);
    hold = undefined;
    return undefined;
  };
  return {
    signal: { name: 'sessions', reason },
    seenWithin: milliseconds => performance.now() - seen <= milliseconds,
  };
}

/** Other sessions of this database in a transaction now; by their locks, which every role may see. */
async function sessionsAtWork(sql: Queryable): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*)::integer as count
      from pg_locks as l
      join pg_stat_activity as a on a.pid = l.pid and a.datname = current_database()
     where l.locktype = 'virtualxid' and l.granted
       and a.application_name not like 'creditshift%' and a.pid <> pg_backend_pid()
       -- Of other roles it may not be visible: then they count.
       and coalesce(a.backend_type, 'client backend') = 'client backend'
       and coalesce(a.state, 'active') = 'active'`;
  return row?.count ?? 0;
}

const mean = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0) / counts.length;
