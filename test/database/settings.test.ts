import { expect, test } from 'vitest';
import { status } from '../../src/commands/status.ts';
import { connect } from '../../src/database/connect.ts';
import { withLadder } from '../../src/database/ladder.ts';
import { contextFor, freshDatabase, migrate } from '../support/guardian.ts';

/** Settings that a role or a database may have and that must not reach this program. */
const HOSTILE = {
  statement_timeout: '5ms',
  lock_timeout: '1ms',
  idle_in_transaction_session_timeout: '1ms',
  default_transaction_isolation: 'serializable',
  DateStyle: 'German',
  quote_all_identifiers: 'on',
};

test('settings of the database do not decide whether a migration works', async () => {
  const { url, sql } = await freshDatabase();
  const [{ name }] = await sql<[{ name: string }]>`select current_database() as name`;
  for (const [setting, value] of Object.entries(HOSTILE)) {
    await sql.unsafe(`alter database ${name} set ${setting} = '${value}'`);
  }
  const context = contextFor(url);
  await migrate(context);
  expect((await status(context)).document).toMatchObject({ state: 'cut over' });
});

test('a transaction under the lock ladder is read committed, also where the session says otherwise', async () => {
  const { url } = await freshDatabase();
  const { sql } = await connect({ url, environment: {} }, 'test');
  const reserved = await sql.reserve();
  await reserved`set default_transaction_isolation = 'serializable'`;
  reserved.release();
  const { result } = await withLadder(sql, [], tx => tx`show transaction_isolation`);
  expect(result[0]).toEqual({ transaction_isolation: 'read committed' });
  await sql.end({ timeout: 1 });
});
