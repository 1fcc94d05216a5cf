import { join } from 'node:path';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { rollback } from '../../src/commands/rollback/rollback.ts';
import { pause, resume } from '../../src/commands/session/pause.ts';
import { status } from '../../src/commands/status.ts';
import { verify } from '../../src/commands/verify.ts';
import { packageRoot } from '../../src/config/render.ts';
import { connect, type Sql } from '../../src/database/connect.ts';
import { reserve } from '../../src/database/reserve.ts';
import { creditshift, start, workFolder } from '../cli/creditshift.ts';
import { AGENZIA, contextFor, freshDatabase, guardianYaml, migrate } from '../support/guardian.ts';
import { writer } from './clients.ts';

async function charge(sql: Sql, action = 'ai_chat'): Promise<Record<string, unknown>> {
  const [row] = await sql<{ answer: Record<string, unknown> }[]>`
    select public.consume_credits_rpc(${AGENZIA}, ${action}) as answer`;
  return row?.answer ?? {};
}

const modeOf = async (sql: Sql) => (await sql<{ mode: string }[]>`select mode from creditshift.control`)[0]?.mode;

async function legacyBalance(sql: Sql): Promise<number | undefined> {
  const [row] = await sql<{ balance: number }[]>`
    select credits_remaining as balance from public.organization_credits where organization_id = ${AGENZIA}`;
  return row?.balance;
}

test('paused, callers get MAINTENANCE and nothing is charged or logged; resumed, they are served; both are journalled', async () => {
  const { url, sql } = await freshDatabase();
  const context = contextFor(url);
  await migrate(context);
  await charge(sql);
  expect((await pause(context, { reason: 'prices are wrong' })).document).toMatchObject({ mode: 'maintenance' });
  expect(await charge(sql)).toEqual({ success: false, error: 'Charging is paused', code: 'MAINTENANCE' });
  await expect(sql`select public.consume_specific_credits(${AGENZIA}, 'ai', 1)`).rejects.toMatchObject({
    hint: 'MAINTENANCE',
  });
  expect((await pause(context)).blocks).toMatchObject([{ text: expect.stringContaining('is paused already') }]);
  const { document } = await status(context);
  expect(document).toMatchObject({ mode: 'maintenance', next: expect.stringContaining('creditshift resume') });

  expect((await resume(context)).document).toMatchObject({ mode: 'live' });
  expect(await charge(sql)).toMatchObject({ success: true, remaining: { ai: 198 }, entry: 3 });
  expect((await resume(context)).blocks).toMatchObject([{ text: expect.stringContaining('is not paused') }]);
  const journal =
    await sql`select event, data from creditshift.journal where event in ('pause', 'resume') order by position`;
  expect(journal).toMatchObject([
    {
      event: 'pause',
      data: { from: 'live', to: 'maintenance', reason: 'prices are wrong', actor: expect.any(String) },
    },
    { event: 'resume', data: { from: 'maintenance', to: 'live', reason: null } },
  ]);
  expect((await verify(context)).exitCode).toBe(0);
});

test('no charge succeeds after pause has come back, whatever was in flight', async () => {
  const { url, sql } = await freshDatabase();
  const context = contextFor(url);
  await migrate(context);
  const clients = await Promise.all(Array.from({ length: 8 }, () => connect({ url, environment: {} }, 'client')));
  let calls = 0;
  const charging = clients.map(async ({ sql: client }) => {
    for (;;) {
      const { code } = await charge(client, 'email_send');
      if (code === 'MAINTENANCE') return client.end();
      calls += 1;
    }
  });
  while (calls < 50) await charge(sql, 'email_send');
  await pause(context);
  const charges = () =>
    sql<{ n: number }[]>`select count(*)::integer as n from public.credit_consumption_logs where success`;
  const then = await charges();
  await Promise.all(charging);
  expect(await charges()).toEqual(then);
});

test('pause waits for a charge that is not committed yet, and says so', async () => {
  const { url, sql } = await freshDatabase();
  const context = contextFor(url);
  await migrate(context);
  const client = await reserve(sql);
  await client`begin`;
  await client`select public.consume_credits_rpc(${AGENZIA}, 'ai_chat')`;
  const blocked = new Promise<string>(done => {
    context.progress = event => event.event === 'blocked' && done(event.by[0]?.application ?? 'nobody');
  });
  const paused = pause(context);
  expect(await Promise.race([blocked, paused.then(() => 'paused')])).toBe('test');
  await client`commit`;
  client.release();
  expect((await paused).document).toMatchObject({ mode: 'maintenance' });
});

test('a pause just before the switch is not undone by it', async () => {
  const { url, sql } = await freshDatabase();
  const run = [process.execPath, join(packageRoot, 'bin/creditshift.js'), 'pause', '--yes', '--database-url', url];
  const context = contextFor(url, `${guardianYaml}\n${stringify({ hooks: { 'before-cutover': { run } } })}`);
  await expect(migrate(context)).rejects.toMatchObject({ code: 'PAUSED', exitCode: 6 });
  expect(await modeOf(sql)).toBe('maintenance');
  expect(await sql`select outcome from creditshift.runs`).toEqual([{ outcome: 'PAUSED' }]);
});

test('before the cutover the legacy function spends nothing while paused, also from an older snapshot', async () => {
  const { url, sql } = await freshDatabase();
  const context = contextFor(url);
  await migrate(context, { to: 'expand' });
  await expect(pause(context)).rejects.toMatchObject({ code: 'STATE_CONFLICT', exitCode: 6 });
  await migrate(context, { to: '055_triggers' });
  const { sql: older } = await connect({ url, environment: {} });
  await expect(
    older.begin('isolation level repeatable read', async tx => {
      await tx`select from public.organizations`;
      await pause(context);
      await tx`select public.consume_credits_rpc(${AGENZIA}, 'ai_chat')`;
    }),
  ).rejects.toMatchObject({ code: '40001' });
  await older.end();
  await expect(charge(sql)).rejects.toMatchObject({ code: '22023', hint: 'MAINTENANCE' });
  expect(await legacyBalance(sql)).toBe(99);
  await expect(migrate(context)).rejects.toMatchObject({ code: 'PAUSED', exitCode: 6 });
  // What is no charge goes on.
  await sql`update public.organization_credits set credits_remaining = credits_remaining + 1`;

  expect((await resume(context)).document).toMatchObject({ mode: 'legacy' });
  expect(await charge(sql)).toMatchObject({ success: true, credits_remaining: 99 });
  await migrate(context);
  expect(await modeOf(sql)).toBe('live');
});

test('a migrate under way goes on up to the cutover and stops before it; after resume the next one cuts over', async () => {
  const { url, sql } = await freshDatabase();
  const folder = workFolder(guardianYaml);
  expect((await creditshift(['migrate', '--to', '070_validate'], folder, url)).code).toBe(0);
  const end = await writer(sql);
  const run = start(['migrate', '--json'], folder, url);
  await run.says('waiting for writers');
  expect((await creditshift(['pause', '--yes'], folder, url)).code).toBe(0);
  await end();
  const { code, stdout } = await run.ended;
  expect(code).toBe(6);
  expect(JSON.parse(stdout).error).toMatchObject({
    code: 'PAUSED',
    next: expect.stringContaining('creditshift resume'),
  });
  expect(await modeOf(sql)).toBe('maintenance');
  expect((await creditshift(['resume', '--yes'], folder, url)).code).toBe(0);
  expect((await creditshift(['migrate'], folder, url)).code).toBe(0);
  expect(await charge(sql)).toMatchObject({ success: true, remaining: { ai: 199 } });
});

test('a rollback from a pause leaves the legacy function live, settled', async () => {
  const { url, sql } = await freshDatabase();
  const context = contextFor(url);
  await migrate(context);
  await charge(sql);
  await pause(context);
  await rollback(context, { method: 'disable' });
  expect(await modeOf(sql)).toBe('disabled');
  expect(await charge(sql)).toMatchObject({ success: true, credits_remaining: 97 });
});

test('both name the database and ask; unattended they act only on the database that is expected', async () => {
  const { url, sql } = await freshDatabase();
  const folder = workFolder(guardianYaml);
  const context = contextFor(
    url,
    guardianYaml.replace('# expect: { database: guardian', 'expect: { database: another'),
  );
  await migrate(context);
  const refused = await creditshift(['pause', '--json'], folder, url);
  expect(refused.code).toBe(6);
  expect(JSON.parse(refused.stdout).error).toMatchObject({
    code: 'NOT_CONFIRMED',
    details: [expect.stringMatching(/^Stop charging in cs_\w+ until creditshift resume\?$/)],
  });
  await expect(pause({ ...context, unattended: true })).rejects.toMatchObject({ code: 'WRONG_DATABASE' });
  await expect(pause({ ...context, confirm: async () => false })).rejects.toMatchObject({ code: 'NOT_CONFIRMED' });
  expect(await modeOf(sql)).toBe('live');
});
