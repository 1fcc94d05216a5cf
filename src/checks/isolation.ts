import type { Queryable, Transaction } from '../database/connect.ts';

/** Runs `body` in one read-only snapshot; inside a transaction, in a savepoint of it. */
export async function inSnapshot<T>(sql: Queryable, body: (tx: Transaction) => Promise<T>): Promise<T> {
  const guarded = async (tx: Transaction) => {
    // Rows that row security would hide are an error, not a clean result.
    await tx.unsafe(`set local row_security = off; set local lock_timeout = '10s'`);
    return body(tx);
  };
  if ('savepoint' in sql) return sql.savepoint(guarded) as Promise<T>;
  return sql.begin('isolation level repeatable read read only', guarded) as Promise<T>;
}

/** Runs `body` in a transaction that is always rolled back; inside a transaction, in a savepoint of it. */
export async function rolledBack<T>(sql: Queryable, body: (tx: Transaction) => Promise<T>): Promise<T> {
  let result: { value: T } | undefined;
  const undo = new Error('rolled back, as always');
  const guarded = async (tx: Transaction) => {
    // Below deadlock_timeout: a probe gives up, never a client.
    await tx.unsafe(`set local lock_timeout = '500ms'; set local statement_timeout = '30s'`);
    result = { value: await body(tx) };
    throw undo;
  };
  try {
    await ('savepoint' in sql ? sql.savepoint(guarded) : sql.begin('isolation level read committed', guarded));
  } catch (error) {
    if (error === undo && result) return result.value;
    throw error;
  }
  throw new Error('a probe was not rolled back');
}
