import { expect, test } from 'vitest';
import { connect, type Sql } from '../../src/database/connect.ts';
import { freshDatabase } from '../support/guardian.ts';

test('a transaction whose connection is lost fails with CONNECTION_CLOSED, and nothing else happens', async () => {
  const { url, sql } = await freshDatabase();
  for (let round = 0; round < 5; round++) {
    const { sql: other } = await connect({ url, environment: {} }, 'test');
    const outcome = other.begin(tx => tx`select pg_sleep(60)`).catch(error => error.code);
    await terminate(sql);
    expect(await outcome).toBe('CONNECTION_CLOSED');
    await other.end({ timeout: 0.1 });
  }
});

test('a savepoint whose connection is lost is not rolled back to, and nothing else happens', async () => {
  const { url, sql } = await freshDatabase();
  for (let round = 0; round < 5; round++) {
    const { sql: other } = await connect({ url, environment: {} }, 'test');
    const outcome = other
      .begin(tx => tx.savepoint(inner => inner.savepoint(innermost => innermost`select pg_sleep(60)`)))
      .catch(error => error.code);
    await terminate(sql);
    expect(await outcome).toBe('CONNECTION_CLOSED');
    await other.end({ timeout: 0.1 });
  }
});

test('what a transaction asks or ends after its connection was lost between two queries is not sent', async () => {
  const { url, sql } = await freshDatabase();
  const { sql: other } = await connect({ url, environment: {} }, 'test');
  for (const more of [true, false]) {
    let tell = () => {};
    const lost = new Promise<void>(done => {
      tell = done;
    });
    const outcome = other.begin(async tx => {
      const [row] = await tx`select pg_backend_pid() as pid`;
      await sql`select pg_terminate_backend(${row?.pid})`;
      await lost;
      if (more) await tx`select 1`;
    });
    await outcome.catch(tell);
    await expect(outcome).rejects.toThrow();
    expect([...(await other`select 1 as one`)]).toEqual([{ one: 1 }]);
  }
  await other.end({ timeout: 0.1 });
});

/** Ends the connection that sleeps. */
async function terminate(sql: Sql): Promise<void> {
  for (let ended = 0; ended === 0; ) {
    ended = (
      await sql`select pg_terminate_backend(pid) from pg_stat_activity
                 where datname = current_database() and wait_event = 'PgSleep'`
    ).count;
  }
}

test('options and results pass through, and an error rolls back', async () => {
  const { sql } = await freshDatabase();
  const mode = await sql.begin('read only', tx => tx`show transaction_read_only`);
  expect(mode).toEqual([{ transaction_read_only: 'on' }]);
  const undo = new Error('undo');
  const failed = sql.begin(async tx => {
    await tx`create table t ()`;
    throw undo;
  });
  await expect(failed).rejects.toBe(undo);
  expect(await sql`select to_regclass('t') as t`).toEqual([{ t: null }]);
});
