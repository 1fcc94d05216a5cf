import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { backup } from '../../src/commands/backup/backup.ts';
import { baseline } from '../../src/commands/baseline.ts';
import { preflight } from '../../src/commands/preflight/preflight.ts';
import { openSession } from '../../src/commands/session/session.ts';
import { recordedCatalog } from '../../src/database/catalog.ts';
import { connect, type Sql } from '../../src/database/connect.ts';
import type { DisposableServer } from '../../src/disposable/server.ts';
import { olderThan } from '../../src/preflight/activity/long-transactions.ts';
import { CRITERIA } from '../../src/preflight/all.ts';
import type { Evidence } from '../../src/preflight/criterion.ts';
import { archiving } from '../../src/preflight/disk/archiving.ts';
import { configuration } from '../../src/preflight/plan/configuration.ts';
import { type Judgement, judgeAll } from '../../src/preflight/run.ts';
import { contextFor, guardianConfig, guardianSql, migrate, VICTORY } from '../support/guardian.ts';
import { ownServer } from '../support/own-server.ts';
import { CIRCUMSTANCES } from './circumstances.ts';
import { OBSTACLES } from './obstacles.ts';

/** Small, so that little is too much. */
const SETTINGS = {
  max_prepared_transactions: '5',
  max_connections: '30',
  max_locks_per_transaction: '10',
  max_wal_size: '100MB',
  archive_mode: 'on',
  wal_level: 'logical',
  wal_retrieve_retry_interval: '100ms',
};

// A server of its own: slots, settings and prepared transactions belong to all of it.
let server: DisposableServer;
let template: string;
beforeAll(async () => {
  server = await ownServer(SETTINGS);
  template = await server.createDatabase('template_of_guardian');
  const { sql } = await connect({ url: template, environment: {} });
  await sql.unsafe(guardianSql);
  await sql.end();
});
afterAll(() => server.stop());

let counter = 0;
/** One connection, so that a transaction can be prepared on it. */
async function guardian() {
  const url = await server.createDatabase(`guardian_${counter++}`, 'template_of_guardian');
  const { sql, server: facts } = await connect({ url, environment: {} }, 'test', 1);
  onTestFinished(() => sql.end({ timeout: 1 }));
  return { url, sql, facts };
}

const judged = async (url: string): Promise<Judgement[]> =>
  (await preflight(contextFor(url))).document.criteria as Judgement[];

/** `name outcome` of what is not met. */
const unmet = (judgements: readonly Judgement[]) =>
  judgements.filter(j => j.outcome !== 'met').map(j => `${j.name} ${j.outcome}`);

/** What a Guardian database is told without any obstacle: two indexes and two assignments, no backup, rehearsal or baseline. */
const CLEAN = [
  'tables.duplicate-indexes warns',
  'plan.conflicts warns',
  'proof.backup blocks',
  'proof.rehearsal warns',
  'proof.baseline warns',
];

const contents = async (sql: Sql) => [
  await recordedCatalog(sql),
  await sql`select md5(string_agg(c::text, '|' order by c::text)) from organization_credits as c`,
  await sql`select md5(string_agg(l::text, '|' order by l::text)) from credit_consumption_logs as l`,
];

test('a clean database is NO-GO for want of a proved backup alone, GO with one, and nothing is written', async () => {
  const { url, sql } = await guardian();
  const context = contextFor(url);
  const before = await contents(sql);
  const without = await preflight(context, { out: 'checklist.md' });
  expect(without).toMatchObject({ exitCode: 5, document: { verdict: 'NO-GO' } });
  expect(unmet(without.document.criteria as Judgement[])).toEqual(CLEAN);
  expect(await contents(sql)).toEqual(before);
  const checklist = readFileSync(join(context.folder, 'checklist.md'), 'utf8');
  expect(checklist).toMatch(/^# Safety checklist of guardian_0: NO-GO\n/);
  expect([...checklist.matchAll(/^\| (met|warns|blocks|error) /gm)]).toHaveLength(
    CRITERIA.filter(c => !c.asked).length,
  );
  expect(checklist).toContain(
    '- `proof.backup` blocks: creditshift backup --prove\n  - ./creditshift-backups has no backup',
  );
  await backup(context, { prove: true, server: server.url });
  await baseline(context);
  const go = await preflight(context);
  expect(go).toMatchObject({ exitCode: 0, document: { verdict: 'GO' } });
  expect(unmet(go.document.criteria as Judgement[])).toEqual(
    CLEAN.filter(line => !/proof\.(backup|baseline)/.test(line)),
  );
});

// Before the obstacles: making a slot waits for the transactions that one of them leaves prepared.
test('a subscriber stops applying at the first row with columns that it lacks, and goes on once they are there, as the line says', async () => {
  const [here, there] = [await guardian(), await guardian()];
  await here.sql`create publication balances for table organization_credits`;
  await here.sql`select pg_create_logical_replication_slot('followed', 'pgoutput')`;
  const { hostname, port, username, password, pathname } = new URL(here.url);
  const source = `host=${hostname} port=${port} user=${username} password=${decodeURIComponent(password)} dbname=${pathname.slice(1)}`;
  await there.sql.unsafe(`truncate organization_credits cascade`);
  await there.sql.unsafe(
    `create subscription follower connection '${source}' publication balances with (create_slot = false, slot_name = 'followed', copy_data = false)`,
  );
  const followed = async (url: string) => (await judged(url)).find(j => j.name === 'tables.publications')?.found ?? [];
  const [sends, slot] = await followed(here.url);
  expect(slot).toMatch(/^logical slot followed \(pgoutput, (in)?active\)/);
  expect(await followed(there.url)).toEqual([
    expect.stringMatching(/^subscription follower writes "public"."organization_credits" here/),
  ]);

  await migrate(contextFor(here.url), { to: 'expand' });
  await here.sql`update organization_credits set credits_remaining = credits_remaining`;
  await here.sql`insert into organization_credits (organization_id) select id from organizations where id = ${VICTORY}`;
  const arrived = async () => (await there.sql`select from organization_credits`).length;
  const errors = async () =>
    (
      await there.sql`select apply_error_count::integer as n from pg_stat_subscription_stats where subname = 'follower'`
    )[0]?.n;
  await vi.waitFor(async () => expect(await errors()).toBeGreaterThan(0), 20_000);
  expect(await arrived()).toBe(0);
  await there.sql.unsafe(/there: (.*)$/.exec(sends ?? '')?.[1] ?? '');
  await vi.waitFor(async () => expect(await arrived()).toBe(1), 20_000);
  await there.sql`alter subscription follower disable`;
  await there.sql`alter subscription follower set (slot_name = none)`;
  await there.sql`drop subscription follower`;
  await here.sql`select pg_drop_replication_slot('followed')`;
});

test.each(OBSTACLES)('%s: found by one criterion alone', async (_, plant, found, lines) => {
  const { url, sql } = await guardian();
  const connection = await sql.reserve();
  await connection.unsafe(plant);
  connection.release();
  const judgements = await judged(url);
  await sql`select pg_drop_replication_slot(slot_name) from pg_replication_slots`;
  expect(unmet(judgements).sort()).toEqual([...CLEAN, found].sort());
  expect(judgements.find(j => found.startsWith(`${j.name} `))?.found).toEqual(
    lines.map(line => expect.stringMatching(line)),
  );
});

test('--source lists every line of code that names what is legacy, and passes by what is no code of yours', async () => {
  const { url } = await guardian();
  const context = contextFor(url);
  const write = (name: string, text: string) => {
    mkdirSync(dirname(join(context.folder, 'app', name)), { recursive: true });
    writeFileSync(join(context.folder, 'app', name), text);
  };
  write('src/charge.ts', "const a = 1;\r\nawait db.rpc('consume_credits_rpc', { p_action_type });\r\n");
  write('src/balance.sql', 'select credits_remaining\nfrom x; -- remaining_credits_2 my_total_credits\n\tused_credits');
  write('image.png', 'PNG\0 used_credits');
  write('large.log', 'x'.repeat(10_000_001));
  write('node_modules/x/index.js', 'used_credits');
  write('.git/config', 'used_credits');
  symlinkSync(join(context.folder, 'app'), join(context.folder, 'app/src/loop'));
  const { document } = await preflight(context, { source: 'app' });
  const judgements = document.criteria as Judgement[];
  expect(unmet(judgements).sort()).toEqual(['functions.application warns', ...CLEAN].sort());
  expect(judgements.find(j => j.name === 'functions.application')?.found).toEqual([
    'large.log: larger than 10 MB, not searched',
    'src/balance.sql:1: select credits_remaining',
    'src/balance.sql:3: used_credits',
    "src/charge.ts:2: await db.rpc('consume_credits_rpc', { p_action_type });",
  ]);
  await expect(preflight(context, { source: 'nowhere' })).rejects.toMatchObject({ code: 'USAGE' });
});

test('migrate asks the cheap ones itself, and refuses before it writes', async () => {
  const { url, sql } = await guardian();
  const connection = await sql.reserve();
  await connection.unsafe(`begin; lock table credit_actions in row exclusive mode; prepare transaction 'again'`);
  connection.release();
  await sql.unsafe(`alter database ${new URL(url).pathname.slice(1)} set default_transaction_read_only = on`);
  await expect(migrate(contextFor(url))).rejects.toMatchObject({
    code: 'PLAN_CONFLICTS',
    details: [
      expect.stringContaining('server.takes-writes: default_transaction_read_only is on'),
      expect.stringContaining("activity.prepared-transactions: 'again' of postgres"),
    ],
  });
  expect(await sql`select to_regnamespace('creditshift') as schema`).toEqual([{ schema: null }]);
});

const evidence: Evidence = {
  backup: async () => 'one',
  rehearsal: async () => ({ found: 'one', against: [] }),
  baseline: async () => ({ found: 'one', against: [] }),
};

test.each(CIRCUMSTANCES)('$what: $found', async ({ plant = 'select', known, found, lines }) => {
  const { sql, facts } = await guardian();
  const session = await openSession(sql, facts, guardianConfig());
  await sql.unsafe(plant);
  const criterion = CRITERIA.filter(({ name }) => found.startsWith(`${name} `));
  const [judgement] = await judgeAll(criterion, { ...session, ...known?.(session), evidence });
  expect(`${judgement?.name} ${judgement?.outcome}`).toBe(found);
  expect(judgement?.found).toEqual(lines.map(line => expect.stringMatching(line)));
});

test('a configuration that the migration so far cannot go on by, and a pause', async () => {
  const { url, sql, facts } = await guardian();
  const context = contextFor(url);
  await migrate(context, { to: 'control' });
  await sql`update creditshift.control set mode = 'maintenance'`;
  const { sms, ...pools } = guardianConfig().pools;
  const session = await openSession(sql, facts, { ...guardianConfig(), pools });
  const [judgement] = await judgeAll([configuration], { ...session, evidence });
  expect(judgement).toMatchObject({
    outcome: 'blocks',
    found: expect.arrayContaining([expect.stringContaining('sms'), 'charging is paused']),
  });
});

test('a long transaction is named with its session, and blocks where it holds a lock on a credit table', async () => {
  const { url, sql, facts } = await guardian();
  const session = await openSession(sql, facts, guardianConfig());
  const other = await connect({ url, environment: {} }, 'nightly report', 1);
  onTestFinished(() => other.sql.end({ timeout: 1 }));
  const outcomes: string[] = [];
  for (const table of ['profiles', 'organization_credits'])
    await other.sql.begin(async tx => {
      await tx.unsafe(`select from ${table}`);
      const [judgement] = await judgeAll([olderThan(0)], { ...session, evidence });
      outcomes.push(`${judgement?.outcome}: ${judgement?.found.join()}`);
    });
  expect(outcomes).toEqual([
    expect.stringMatching(/^warns: pid \d+, nightly report, idle in transaction, for 00:00:\d\d$/),
    expect.stringMatching(/^blocks: pid \d+, nightly report, .*, with a lock on a credit table$/),
  ]);
});

test('what a login may not see is an error, which blocks and is no pass', async () => {
  const { url, sql } = await guardian();
  const [username, password] = ['blind', randomUUID()];
  await sql.unsafe(`create role ${username} login password '${password}'; grant service_role to ${username}`);
  const blind = await preflight(contextFor(Object.assign(new URL(url), { username, password }).href));
  expect(blind).toMatchObject({ exitCode: 5, document: { verdict: 'NO-GO' } });
  const errors = (blind.document.criteria as Judgement[]).filter(j => j.outcome === 'error');
  expect(errors.map(j => j.name)).toEqual([
    'disk.growth',
    'disk.wal-room',
    'activity.long-transactions',
    'functions.legacy-charges',
    'plan.conflicts',
    'plan.logged-actions',
    'proof.roles',
  ]);
  expect(errors[2]?.found[0]).toContain('may not see what 1 sessions do');
  expect(errors[5]?.found[0]).toContain('row-level security policy for table "credit_consumption_logs"');
});

test('what does not probe takes no transaction id', async () => {
  const { sql, facts } = await guardian();
  const session = await openSession(sql, facts, guardianConfig());
  await sql.begin('isolation level repeatable read read only', async tx => {
    const reading = CRITERIA.filter(criterion => !criterion.probes);
    expect(unmet(await judgeAll(reading, { ...session, sql: tx, evidence }))).toEqual([
      'tables.duplicate-indexes warns',
      'plan.conflicts warns',
    ]);
    expect(await tx`select pg_current_xact_id_if_assigned() as id`).toEqual([{ id: null }]);
  });
});

// Last: what failed once is told until an archive succeeds.
test('archiving that fails blocks', async () => {
  const { sql, facts } = await guardian();
  const session = await openSession(sql, facts, guardianConfig());
  const archive = async (command: string) => {
    await sql.unsafe(`alter system set archive_command = '${command}'`);
    await sql`select pg_reload_conf()`;
  };
  await archive('false');
  await sql`select pg_switch_wal()`;
  await vi.waitFor(async () => {
    const [judgement] = await judgeAll([archiving], { ...session, evidence });
    expect(judgement).toMatchObject({
      outcome: 'blocks',
      found: [expect.stringMatching(/^it fails at [0-9A-F]{24}$/)],
    });
  }, 30_000);
  // A server that stops tries once more.
  await archive('true');
});
