import { expect, test } from 'vitest';
import type { Sql } from '../../src/database/connect.ts';
import { LEASE_SECONDS, takeLease } from '../../src/database/lease.ts';
import { start, workFolder } from '../cli/creditshift.ts';
import { freshDatabase, guardianYaml } from '../support/guardian.ts';
import { migrateTo } from '../support/migrated.ts';
import { holdAt } from './proxy.ts';
import { expireLease } from './runs.ts';

/** A database migrated so far, and a run that was frozen when it came to a statement. */
async function frozenRun(from: string, pattern: RegExp, prepare = async (_: Sql) => {}) {
  const { url, sql } = await freshDatabase();
  const folder = workFolder(guardianYaml);
  await migrateTo(sql, from);
  await prepare(sql);
  const { through, there, release } = await holdAt(url, pattern);
  const frozen = start(['migrate'], folder, through);
  const passed = frozen.ended.then(({ stderr }) =>
    Promise.reject(new Error(`ended before it sent ${pattern}: ${stderr}`)),
  );
  await Promise.race([there, passed]);
  passed.catch(() => {});
  frozen.kill('SIGSTOP');
  await expireLease(sql);
  const wake = () => {
    release();
    frozen.kill('SIGCONT');
    return frozen.ended;
  };
  const run = (command: string) => () => start([command], folder, url).ended;
  return { sql, wake, migrate: run('migrate'), verify: run('verify') };
}

/** Every row of every table, but how each run ended. */
async function everyRow(sql: Sql): Promise<Record<string, string>> {
  const tables = await sql<{ name: string }[]>`
    select oid::regclass::text as name from pg_class
     where relkind = 'r' and relnamespace in ('public'::regnamespace, 'creditshift'::regnamespace)
       and oid <> 'creditshift.runs'::regclass order by 1`;
  const rows: Record<string, string> = {};
  for (const { name } of tables) {
    const [all] = await sql.unsafe<{ text: string }[]>(
      `select string_agg(t::text, E'\\n' order by t::text) as text from ${name} as t`,
    );
    rows[name] = all?.text ?? '';
  }
  return rows;
}

/** The first statement of a step's transaction, before the one that asks for its lease. */
const ENTERING = /^select set_config\('application_name'/;

test.each([
  ['between two pages', '055_triggers', /^select .* as key from/],
  ['in the transaction of a page', '055_triggers', ENTERING],
  ['in the transaction of a step', '060_allocate', ENTERING],
])('a run frozen %s past its lease, and woken when another has finished, writes nothing', async (_, from, pattern) => {
  const { sql, wake, migrate } = await frozenRun(from, pattern);
  expect(await migrate()).toMatchObject({ code: 0 });
  const finished = await everyRow(sql);
  expect(await wake()).toMatchObject({ code: 4, stderr: expect.stringContaining('LEASE_LOST') });
  expect(await everyRow(sql)).toEqual(finished);
});

/** What enters the transaction, or what would drop without it. */
const REMOVING = /^(select set_config\('application_name'|drop index)/;

test('a run frozen when it was about to remove a broken index does not remove the one that another has built', async () => {
  const { wake, migrate, verify } = await frozenRun('070_validate', REMOVING, async sql => {
    await sql`create index creditshift_log_sequence on credit_consumption_logs (organization_id)`;
    await sql`update pg_index set indisvalid = false where indexrelid = 'creditshift_log_sequence'::regclass`;
  });
  expect(await migrate()).toMatchObject({ code: 0 });
  expect(await wake()).toMatchObject({ code: 4, stderr: expect.stringContaining('LEASE_LOST') });
  expect(await verify()).toMatchObject({ code: 0 });
});

test('no run takes over while a transaction of the one before is open, and the server ends a silent one', async () => {
  const { sql, wake, migrate } = await frozenRun('055_triggers', /^-- allocate/);
  const refused = await migrate();
  expect(refused).toMatchObject({ code: 3, stderr: expect.stringContaining('LEASE_HELD') });
  expect(refused.stderr).toMatch(/still executing: creditshift migrate by \w+, run [0-9a-f]{8}\./);
  // What the server does by itself a while later.
  await sql`select pg_terminate_backend(pid) from pg_stat_activity where state = 'idle in transaction' and datname = current_database()`;
  await expireLease(sql);
  expect(await migrate()).toMatchObject({ code: 0 });
  const finished = await everyRow(sql);
  expect(await wake()).toMatchObject({ code: 3, stderr: expect.stringContaining('CONNECTION_LOST') });
  expect(await everyRow(sql)).toEqual(finished);
});

test('a silent transaction ends before the lease of its run', async () => {
  const { sql } = await freshDatabase();
  await migrateTo(sql, '010_control');
  const lease = await takeLease(sql, 'test');
  const silence = await sql.begin(async tx => {
    await lease.fence(tx);
    const [row] = await tx<{ seconds: number }[]>`
      select extract(epoch from current_setting('idle_in_transaction_session_timeout')::interval)::integer as seconds`;
    return row?.seconds ?? 0;
  });
  await lease.release();
  expect(silence).toBeGreaterThan(0);
  expect(silence).toBeLessThan((LEASE_SECONDS * 2) / 3);
});

test('a run whose schema another one dropped has lost its lease', async () => {
  const { sql, wake } = await frozenRun('055_triggers', ENTERING);
  await sql`drop schema creditshift cascade`;
  expect(await wake()).toMatchObject({ code: 4, stderr: expect.stringContaining('LEASE_LOST') });
});
