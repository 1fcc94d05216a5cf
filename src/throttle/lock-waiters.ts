import type { Queryable } from '../database/connect.ts';
import type { Signal } from './signal.ts';

/** Sessions that wait for a lock while they use one of the tables; our own pages do not count. */
export const lockWaitersSignal = (sql: Queryable, tables: readonly string[], most: number): Signal => ({
  name: 'lock waiters',
  reason: async () => {
    // Who waits for a row waits for its owner's transaction: the table shows only in the locks it holds already.
    const [row] = await sql<{ waiters: number }[]>`
      select count(distinct w.pid)::integer as waiters
        from pg_locks as w
        join pg_stat_activity as a on a.pid = w.pid and a.datname = current_database()
       where not w.granted and a.application_name not like 'creditshift %'
         and exists (select from pg_locks as h
                      where h.pid = w.pid and h.relation in (select to_regclass(t) from unnest(${tables}::text[]) as t))`;
    const waiters = row?.waiters ?? 0;
    return waiters > most ? `${waiters} sessions wait for locks on the credit tables` : undefined;
  },
});
