import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { connect, type Sql } from '../../src/database/connect.ts';
import { creditshift, start, workFolder } from '../cli/creditshift.ts';
import { AGENZIA, freshDatabase, guardianYaml } from '../support/guardian.ts';
import { migrateTo } from '../support/migrated.ts';
import { charge, watched } from '../watch/guarding.ts';
import { type Bouncer, startBouncer } from './bouncer.ts';
import { holdAt } from './proxy.ts';
import { expireLease } from './runs.ts';

let bouncer: Bouncer | undefined;
beforeAll(async () => {
  bouncer = await startBouncer(inject('adminUrl'));
  if (!bouncer) process.stderr.write('PgBouncer is not installed, its tests are skipped: apt-get install pgbouncer\n');
});
afterAll(() => bouncer?.stop());
beforeEach(({ skip }) => skip(!bouncer, 'PgBouncer is not installed'));

/** Guardian, its URL behind the pooler, and a run of a command there. */
async function pooledDatabase() {
  const { url, sql } = await freshDatabase();
  const pooled = bouncer?.through(url) ?? url;
  const folder = workFolder(guardianYaml);
  const run = (...args: string[]) => creditshift(args, folder, pooled);
  return { url, pooled, sql, folder, run };
}

const schemaThere = async (sql: Sql) =>
  (await sql`select to_regnamespace('creditshift') is not null as there`)[0]?.there as boolean;

test('a pooler is told from a server', async () => {
  const { url, pooled } = await pooledDatabase();
  for (const [target, direct] of [
    [url, true],
    [pooled, false],
  ] as const) {
    const { sql, server } = await connect({ url: target, environment: {} });
    await sql.end();
    expect(server.direct).toBe(direct);
  }
});

test('migrate with an index to build is refused before anything has begun', async () => {
  const { sql, run } = await pooledDatabase();
  expect(await run('migrate')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('DIRECT_CONNECTION_NEEDED'),
  });
  expect(await schemaThere(sql)).toBe(false);
});

test('everything else works through a pooler: the cutover, its evidence, and each way back', async () => {
  const { url, sql, folder, run } = await pooledDatabase();
  for (const command of ['inspect', 'plan', 'backup']) expect(await run(command)).toMatchObject({ code: 0 });
  expect(await creditshift(['migrate', '--to', 'index'], folder, url)).toMatchObject({ code: 0 });
  expect(await run('migrate')).toMatchObject({ code: 0 });
  await sql`select consume_credits_rpc(${AGENZIA}, 'ai_chat')`;
  for (const args of [
    ['verify'],
    ['status'],
    ['report', 'completion'],
    ['report', 'status'],
    ['reallocate', '--yes', '--organization', AGENZIA, '--plan', 'professional'],
    ['rollback', '--yes', '--method', 'disable'],
    ['migrate'],
    ['rollback', '--yes', '--method', 'restore'],
  ]) {
    expect(await run(...args), args.join(' ')).toMatchObject({ code: 0 });
  }
  expect(await schemaThere(sql)).toBe(false);
  const [balance] = await sql`select credits_remaining from organization_credits where organization_id = ${AGENZIA}`;
  expect(balance).toEqual({ credits_remaining: 98 });

  expect(await run('migrate', '--to', 'validate')).toMatchObject({ code: 0 });
  expect(await run('rollback', '--yes', '--method', 'drop')).toMatchObject({ code: 0 });
  expect(await schemaThere(sql)).toBe(false);
});

test('one run at a time, and a frozen one writes nothing, behind a pooler too', async () => {
  const { url, pooled, sql, folder, run } = await pooledDatabase();
  await migrateTo(sql, '080_index');
  const { through, there, release } = await holdAt(pooled, /^select set_config\('application_name'/);
  const frozen = start(['migrate'], folder, through);
  await there;
  frozen.kill('SIGSTOP');
  expect(await run('migrate')).toMatchObject({ code: 3, stderr: expect.stringContaining('LEASE_HELD') });
  await expireLease(sql);
  expect(await run('migrate')).toMatchObject({ code: 0 });
  release();
  frozen.kill('SIGCONT');
  expect(await frozen.ended).toMatchObject({ code: 4, stderr: expect.stringContaining('LEASE_LOST') });
  expect(await creditshift(['verify'], folder, url)).toMatchObject({ code: 0 });
});

test('guard watches through the pooler, goes back through it, and leaves no session behind with a transaction', async () => {
  const { pooled, sql } = await pooledDatabase();
  await migrateTo(sql);
  await charge(sql, 20, 5);
  const { result, looks } = await watched(pooled, {}, () => false, { rollback: 'disable' });
  expect(looks).toEqual([expect.objectContaining({ charges: 20, refusals: 5, unread: [] })]);
  expect(result).toMatchObject({ exitCode: 5, document: { rollback: { method: 'disable' } } });
  const [left] = await sql`select count(*)::integer as open from pg_stat_activity
                            where datname = current_database() and pid <> pg_backend_pid() and xact_start is not null`;
  expect(left).toEqual({ open: 0 });
});
