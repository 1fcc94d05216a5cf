import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { backup } from '../../src/commands/backup.ts';
import { preflight } from '../../src/commands/preflight.ts';
import { openSession } from '../../src/commands/session.ts';
import { recordedCatalog } from '../../src/database/catalog.ts';
import { connect, type Sql } from '../../src/database/connect.ts';
import { startEmbedded } from '../../src/disposable/embedded.ts';
import type { DisposableServer } from '../../src/disposable/server.ts';
import { olderThan } from '../../src/preflight/activity/long-transactions.ts';
import { CRITERIA } from '../../src/preflight/all.ts';
import type { Evidence } from '../../src/preflight/criterion.ts';
import { type Judgement, judgeAll } from '../../src/preflight/run.ts';
import { contextFor, guardianConfig, guardianSql, migrate } from '../support/guardian.ts';

// A server of its own: slots and prepared transactions belong to all of it.
let server: DisposableServer;
let template: string;
beforeAll(async () => {
  server = await startEmbedded({ max_prepared_transactions: '5' });
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

/** What a Guardian database is told without any obstacle: no backup, no rehearsal, two assignments against the plan column. */
const CLEAN = ['plan.conflicts warns', 'proof.backup blocks', 'proof.rehearsal warns'];

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
  expect(await preflight(context)).toMatchObject({ exitCode: 0, document: { verdict: 'GO' } });
});

const CHARGE = `create or replace function consume_credits_rpc(p_organization_id uuid, p_action_type text) returns json
  language plpgsql security definer as`;

test.each<[string, string, string, string[]]>([
  [
    'prepared transactions',
    `begin; lock table profiles in row exclusive mode; prepare transaction 'elsewhere';
     begin; lock table credit_actions in row exclusive mode; prepare transaction 'in the way'`,
    'activity.prepared-transactions blocks',
    ["'in the way' of postgres, since .*, with a lock on a credit table", "'elsewhere' of postgres, since [^,]*$"],
  ],
  [
    'an index that is not valid',
    `update pg_index set indisvalid = false where indexrelid = 'idx_organization_credits_org_id'::regclass`,
    'tables.indexes-valid warns',
    ['idx_organization_credits_org_id on public.organization_credits'],
  ],
  [
    'an action that only the log has',
    `insert into credit_consumption_logs (action_type, created_at) values ('fax_send', '2025-10-01')`,
    'plan.logged-actions warns',
    ['fax_send: 1 entries, the last at 2025-10-01'],
  ],
  [
    'triggers that fire on what is written',
    `create trigger touched before update on organization_credits for each row execute function suppress_redundant_updates_trigger();
     create function forward() returns trigger language plpgsql as 'begin return new; end';
     create trigger forward after insert on credit_consumption_logs for each row execute function forward();
     create trigger of_none after update of created_at on credit_actions for each row execute function forward()`,
    'tables.user-triggers blocks',
    ['USER_TRIGGER: trigger touched', 'trigger forward on credit_consumption_logs$'],
  ],
  [
    'a legacy function that compiles and cannot run',
    `${CHARGE} 'begin update organization_credits set no_such_column = 1; return null; end'`,
    'functions.legacy-charges blocks',
    ['column "no_such_column" of relation "organization_credits" does not exist .SQLSTATE 42703.'],
  ],
  [
    'a legacy function that refuses',
    `${CHARGE} $$ begin return '{"success": false}'::json; end $$`,
    'functions.legacy-charges warns',
    ['ai_chat took nothing; it answered {"success": false}'],
  ],
  [
    'an overload',
    `create function consume_credits_rpc(integer) returns json language sql as 'select null::json'`,
    'functions.one-overload blocks',
    ['OVERLOAD_UNLISTED: public.consume_credits_rpc.integer.'],
  ],
  [
    'a view that calls the legacy function',
    `create view calls as select consume_credits_rpc(id, 'ai_chat') from organizations`,
    'functions.no-dependents blocks',
    ['DEPENDENT: rule _RETURN on view calls'],
  ],
  [
    'whatever reads and writes legacy columns',
    `create view balances as select organization_id, credits_remaining, used_credits from organization_credits;
     create policy rich on organization_credits for delete using (total_credits > 1);
     create function note() returns trigger language plpgsql as 'begin return new; end';
     create trigger note after update of credits_remaining on organization_credits for each row execute function note();
     create function give(k uuid) returns void language plpgsql as
     'begin update public.organization_credits set credits_remaining = 100 where organization_id = k; end';
     create function left_of(k uuid) returns integer language sql as
     'select remaining_credits from organization_credits where organization_id = k'`,
    'functions.legacy-columns warns',
    [
      '^policy rich on table organization_credits: total_credits$',
      '^trigger note on table organization_credits: credits_remaining$',
      '^view balances: credits_remaining, used_credits$',
      '^function give.uuid. writes to the table, and names: credits_remaining$',
      '^function left_of.uuid. reads: remaining_credits$',
    ],
  ],
  [
    'a column of a name to come',
    `alter table credit_actions add ai_credits_required integer`,
    'tables.names-free blocks',
    ['NAME_TAKEN: "public"."credit_actions" already has a column ai_credits_required'],
  ],
  [
    'a table owned by another',
    `alter table credit_actions owner to service_role`,
    'tables.privileges blocks',
    ['OWNERS_DIFFER'],
  ],
  [
    'a balance that is not unique',
    `alter table organization_credits drop constraint organization_credits_organization_id_unique`,
    'tables.fitting blocks',
    ['OWNER_NOT_UNIQUE'],
  ],
  [
    'a replication slot that nobody reads',
    `select pg_create_physical_replication_slot('standby_that_was', true)`,
    'activity.replication-slots warns',
    ['^standby_that_was .physical.: inactive, holds \\d+ (bytes|kB|MB)$'],
  ],
])('%s: found by one criterion alone', async (_, plant, found, lines) => {
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
  expect(unmet(judgements)).toEqual(['functions.application warns', ...CLEAN]);
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
};

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
  ]);
  expect(errors[2]?.found[0]).toContain('may not see what 1 sessions do');
  expect(errors[5]?.found[0]).toContain('row-level security policy for table "credit_consumption_logs"');
});

test('what does not probe takes no transaction id', async () => {
  const { sql, facts } = await guardian();
  const session = await openSession(sql, facts, guardianConfig());
  await sql.begin('isolation level repeatable read read only', async tx => {
    const reading = CRITERIA.filter(criterion => !criterion.probes);
    expect(unmet(await judgeAll(reading, { ...session, sql: tx, evidence }))).toEqual(['plan.conflicts warns']);
    expect(await tx`select pg_current_xact_id_if_assigned() as id`).toEqual([{ id: null }]);
  });
});
