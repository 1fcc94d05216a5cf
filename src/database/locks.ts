import type { Queryable } from './connect.ts';

/** A lock that a transaction asks for: `schema.table`, and the mode as LOCK TABLE writes it. */
export interface TableLock {
  table: string;
  mode: string;
}

/** A lock that a transaction really held, and for how many milliseconds at most. */
export interface HeldLock extends TableLock {
  milliseconds: number;
}

/** Who stands in the way of a lock. */
export interface Blocker {
  /** Null: a prepared transaction, which no session holds. */
  pid: number | null;
  application: string;
  /** Of its transaction, `HH:MM:SS`. */
  age: string;
  query: string;
}

/** Table lock modes, weakest first, each with the modes that it cannot stand beside (PostgreSQL, "Explicit Locking"). */
const CONFLICTS: Record<string, readonly string[]> = {
  'ACCESS SHARE': ['ACCESS EXCLUSIVE'],
  'ROW SHARE': ['EXCLUSIVE', 'ACCESS EXCLUSIVE'],
  'ROW EXCLUSIVE': ['SHARE', 'SHARE ROW EXCLUSIVE', 'EXCLUSIVE', 'ACCESS EXCLUSIVE'],
  'SHARE UPDATE EXCLUSIVE': ['SHARE UPDATE EXCLUSIVE', 'SHARE', 'SHARE ROW EXCLUSIVE', 'EXCLUSIVE', 'ACCESS EXCLUSIVE'],
  SHARE: ['ROW EXCLUSIVE', 'SHARE UPDATE EXCLUSIVE', 'SHARE ROW EXCLUSIVE', 'EXCLUSIVE', 'ACCESS EXCLUSIVE'],
  'SHARE ROW EXCLUSIVE': [
    'ROW EXCLUSIVE',
    'SHARE UPDATE EXCLUSIVE',
    'SHARE',
    'SHARE ROW EXCLUSIVE',
    'EXCLUSIVE',
    'ACCESS EXCLUSIVE',
  ],
  EXCLUSIVE: [
    'ROW SHARE',
    'ROW EXCLUSIVE',
    'SHARE UPDATE EXCLUSIVE',
    'SHARE',
    'SHARE ROW EXCLUSIVE',
    'EXCLUSIVE',
    'ACCESS EXCLUSIVE',
  ],
  'ACCESS EXCLUSIVE': [
    'ACCESS SHARE',
    'ROW SHARE',
    'ROW EXCLUSIVE',
    'SHARE UPDATE EXCLUSIVE',
    'SHARE',
    'SHARE ROW EXCLUSIVE',
    'EXCLUSIVE',
    'ACCESS EXCLUSIVE',
  ],
};
/** Held by whoever may have locked rows. */
const ROW_MODES = ['ROW SHARE', 'ROW EXCLUSIVE'];

const age = (sql: Queryable) => sql`coalesce(
  date_trunc('second', make_interval(secs => extract(epoch from clock_timestamp() - a.xact_start)::double precision))::text,
  'unknown')`;
const query = (sql: Queryable) => sql`coalesce(
  left(regexp_replace(a.query, '\\s+', ' ', 'g'), 120), 'see pg_prepared_xacts')`;

/**
 * Who is in the way of `wanted`: holds, or already queues for, a conflicting lock. The oldest transaction comes first.
 * @param youngest age in milliseconds: younger transactions are ordinary traffic and will be gone by themselves
 * @param rows after a try in vain: whoever may have locked rows of these tables counts too
 */
export async function blockers(
  sql: Queryable,
  wanted: readonly TableLock[],
  youngest = 0,
  rows = false,
): Promise<Blocker[]> {
  const pairs = wanted.flatMap(({ table, mode }) =>
    [...(CONFLICTS[mode] ?? []), ...(rows ? ROW_MODES : [])].map(other => ({ table, other })),
  );
  if (pairs.length === 0) return [];
  return sql<Blocker[]>`
    select l.pid, coalesce(a.application_name, 'prepared transaction') as application,
           ${age(sql)} as age, ${query(sql)} as query
      from json_to_recordset(${JSON.stringify(pairs)}::text::json) as w ("table" text, other text)
      join pg_locks as l on l.relation = to_regclass(w."table")
       and w.other = upper(regexp_replace(replace(l.mode, 'Lock', ''), '([a-z])([A-Z])', '\\1 \\2', 'g'))
      left join pg_stat_activity as a on a.pid = l.pid
     where l.locktype = 'relation' and l.database = (select oid from pg_database where datname = current_database())
       and l.pid is distinct from pg_backend_pid()
       and coalesce(a.xact_start, '-infinity') <= clock_timestamp() - make_interval(secs => ${youngest / 1000})
     group by l.pid, a.application_name, a.xact_start, a.query
     order by a.xact_start`;
}

/** Whose transactions these sessions wait for at this moment, in any kind of wait for a lock. */
export async function waitsFor(sql: Queryable, pids: readonly number[]): Promise<Blocker[]> {
  return sql<Blocker[]>`
    select b.pid, coalesce(a.application_name, 'prepared transaction') as application, ${age(sql)} as age, ${query(sql)} as query
      from (select distinct unnest(pg_blocking_pids(waiting)) from unnest(${pids.map(String)}::text[]::integer[]) as waiting) as b (pid)
      left join pg_stat_activity as a on a.pid = b.pid
     order by a.xact_start`;
}

/** The strongest lock that the transaction itself holds on each table; plain reading (ACCESS SHARE) is left out. */
export async function heldLocks(sql: Queryable, tables: readonly string[]): Promise<TableLock[]> {
  const modes = Object.keys(CONFLICTS).slice(1);
  return sql<TableLock[]>`
    select distinct on (t) t as "table", m.mode
      from unnest(${tables}::text[]) as t
      join pg_locks as l on l.relation = to_regclass(t) and l.pid = pg_backend_pid() and l.granted
      join unnest(${modes}::text[]) with ordinality as m (mode, strength)
        on m.mode = upper(regexp_replace(replace(l.mode, 'Lock', ''), '([a-z])([A-Z])', '\\1 \\2', 'g'))
     order by t, m.strength desc`;
}
