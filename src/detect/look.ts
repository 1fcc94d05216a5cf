import type { Queryable, Sql } from '../database/connect.ts';

/** Looks at the database in a read-only snapshot, which ends before the user is asked anything. */
export type Look = <T>(body: (tx: Queryable) => Promise<T>) => Promise<T>;

export const lookAt =
  (sql: Sql): Look =>
  body =>
    sql.begin('isolation level repeatable read read only', async tx => {
      // Parallel workers would take the clients' processors.
      await tx.unsafe('set local max_parallel_workers_per_gather = 0');
      return body(tx);
    }) as never;
