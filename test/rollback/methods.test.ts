import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { BACKUPS } from '../../src/backup/read.ts';
import { backup } from '../../src/commands/backup/backup.ts';
import { type Method, rollback } from '../../src/commands/rollback/rollback.ts';
import type { Context } from '../../src/commands/session/context.ts';
import { catalogDifference, recordedCatalog } from '../../src/database/catalog.ts';
import type { Sql } from '../../src/database/connect.ts';
import { takeLease } from '../../src/database/lease.ts';
import { ADMIN, AGENZIA, contextFor, freshDatabase, guardianYaml, migrate } from '../support/guardian.ts';

async function walk(sql: Sql): Promise<void> {
  await sql`select consume_credits_rpc(${AGENZIA}::uuid, 'ai_chat', 1), consume_credits_rpc(${AGENZIA}::uuid, 'whatsapp_message'),
                   consume_credits_rpc(${ADMIN}::uuid, 'email_send'), consume_credits_rpc(${AGENZIA}::uuid, 'ai_chat', 1000)`;
}

const legacy = async (sql: Sql) =>
  (
    await sql<
      { balance: number }[]
    >`select credits_remaining as balance from organization_credits order by organization_id`
  ).map(r => r.balance);

async function ready(): Promise<{ sql: Sql; context: Context; before: Awaited<ReturnType<typeof recordedCatalog>> }> {
  const { url, sql } = await freshDatabase();
  const context = contextFor(url);
  const before = await recordedCatalog(sql);
  await backup(context, {});
  await migrate(context);
  return { sql, context, before };
}

test.each(['disable', 'drop', 'restore'] as const)(
  '%s after the walk leaves 994 and 97 and the legacy function as it was',
  async (method: Method) => {
    const { sql, context, before } = await ready();
    await walk(sql);
    const result = await rollback(context, { method });
    expect(result.exitCode ?? 0).toBe(0);
    expect(await legacy(sql)).toEqual([994, 97]);

    const after = await recordedCatalog(sql);
    const consume = (entries: typeof after) => entries.filter(e => e.identity.startsWith('consume_credits_rpc'));
    expect(consume(after)).toEqual(consume(before));
    if (method !== 'disable') expect(catalogDifference(before, after)).toEqual([]);
    const [answer] = await sql<{ answer: object }[]>`select consume_credits_rpc(${AGENZIA}::uuid, 'ai_chat') as answer`;
    expect(answer?.answer).toEqual({ success: true, credits_consumed: 1, credits_remaining: 96 });
    const [log] =
      await sql`select count(*)::integer as entries, sum(credits_consumed)::integer as consumed from credit_consumption_logs`;
    expect(log).toEqual({ entries: 4, consumed: 3 });
  },
);

test('disable leaves the new functions to nobody but owner and superuser', async () => {
  const { sql, context } = await ready();
  await rollback(context, { method: 'disable' });
  const rows = await sql`
    select p.oid::regprocedure::text as name, r.rolname as role from pg_proc as p, pg_roles as r
     where p.pronamespace = 'creditshift'::regnamespace and not r.rolsuper and r.rolname !~ '^pg_'
       and has_function_privilege(r.oid, p.oid, 'execute') and has_schema_privilege(r.oid, 'creditshift', 'usage')
       and r.oid <> p.proowner`;
  expect([...rows]).toEqual([]);
  const [exposed] =
    await sql`select count(*)::integer as overloads from pg_proc where proname = 'consume_credits_rpc' and pronamespace = 'public'::regnamespace`;
  expect(exposed).toEqual({ overloads: 1 });
});

test('every entry is settled exactly once over disable, forward, disable, drop', async () => {
  const { sql, context } = await ready();
  await walk(sql);
  await rollback(context, { method: 'disable' });
  expect(await legacy(sql)).toEqual([994, 97]);
  await sql`select consume_credits_rpc(${AGENZIA}::uuid, 'ai_chat')`;
  expect(await legacy(sql)).toEqual([994, 96]);

  await migrate(context);
  const [pools] =
    await sql`select ai_credits_available as ai, whatsapp_credits_available as whatsapp from organization_credits where organization_id = ${AGENZIA}`;
  expect(pools).toEqual({ ai: 199, whatsapp: 149 });
  await sql`select consume_credits_rpc(${AGENZIA}::uuid, 'ai_chat', 3)`;
  // Entry 2 was settled before the forward, and comes back after it.
  await sql`select reverse_credits(${AGENZIA}::uuid, 2)`;
  await sql`select top_up_credits(${AGENZIA}::uuid, 'sms', 10, 'pi_1')`;
  await sql`select reset_cycle(${AGENZIA}::uuid, '2026-12-01')`;
  await sql`select consume_credits_rpc(${ADMIN}::uuid, 'sms_send', 4)`;
  const { document } = await rollback(context, { method: 'disable' });
  expect(document).toMatchObject({ settlement: { organizations: 2, charged: '0', short: [] } });
  expect(await legacy(sql)).toEqual([986, 104]);
  await rollback(context, { method: 'drop' });
  expect(await legacy(sql)).toEqual([986, 104]);
  const [migrations] = await sql`select to_regnamespace('creditshift') is null as gone`;
  expect(migrations).toEqual({ gone: true });
});

test('a balance is never raised and never goes below zero; the shortfall is listed', async () => {
  const { sql, context } = await ready();
  await sql`select consume_credits_rpc(${AGENZIA}::uuid, 'form_generation', 30)`;
  await sql`update organization_credits set credits_remaining = 40 where organization_id = ${AGENZIA}`;
  const result = await rollback(context, { method: 'disable' });
  expect(await legacy(sql)).toEqual([995, 0]);
  expect(result.document.settlement).toMatchObject({
    short: [{ organization: AGENZIA, before: '40', after: '0', charged: '150', shortfall: '110' }],
  });
  // What comes back later pays the shortfall off first.
  await migrate(context);
  await sql`select reverse_credits(${AGENZIA}::uuid, 2)`;
  const { blocks } = await rollback(context, { method: 'disable' });
  expect(await legacy(sql)).toEqual([995, 40]);
  expect(JSON.stringify(blocks)).toContain('Gave 150 legacy credits back to 1 organization.');
});

test('policies.shortfall: refuse stops before any change', async () => {
  const { url, sql } = await freshDatabase();
  const context = contextFor(url, guardianYaml.replace('shortfall: clamp', 'shortfall: refuse'));
  await migrate(context);
  await sql`select consume_credits_rpc(${AGENZIA}::uuid, 'form_generation', 30)`;
  await expect(rollback(context, { method: 'disable' })).rejects.toMatchObject({ code: 'SHORTFALL', exitCode: 6 });
  expect(await legacy(sql)).toEqual([995, 99]);
  const [control] = await sql`select mode from creditshift.control`;
  expect(control).toEqual({ mode: 'live' });
});

test('restore refuses where now and backup disagree, and believes whom it is told', async () => {
  const { url, sql } = await freshDatabase();
  const context = contextFor(url);
  await backup(context, {});
  await sql`select consume_credits_rpc(${ADMIN}::uuid, 'form_generation')`;
  await migrate(context);
  await walk(sql);
  await expect(rollback(context, { method: 'restore' })).rejects.toMatchObject({
    code: 'BALANCES_DIFFER',
    details: [`${ADMIN}: now 989, by the backup 994`],
  });
  expect(await legacy(sql)).toEqual([990, 99]);
  await rollback(context, { method: 'restore', balances: 'backup' });
  expect(await legacy(sql)).toEqual([994, 97]);
});

test('organizations created since the backup stay', async () => {
  const { sql, context } = await ready();
  await sql`insert into organization_credits (organization_id, plan_name, credits_remaining) values ('00000000-0000-0000-0000-000000000003', 'premium', 50)`;
  await sql`select consume_credits_rpc('00000000-0000-0000-0000-000000000003', 'ai_chat')`;
  await sql`select top_up_credits(${AGENZIA}::uuid, 'ai', 5, 'pi_1')`;
  await rollback(context, { method: 'restore' });
  expect(await legacy(sql)).toEqual([995, 104, 49]);
});

test('a legacy function changed by hand since is shown and refused unless told', async () => {
  const { sql, context } = await ready();
  await sql.unsafe('grant execute on function creditshift_aside.consume_credits_rpc(uuid, text) to pg_monitor');
  await expect(rollback(context, { method: 'disable' })).rejects.toMatchObject({ code: 'LEGACY_CHANGED', exitCode: 6 });
  expect((await rollback(context, { method: 'disable', acceptChangedLegacy: true })).exitCode).toBe(0);
  expect(await legacy(sql)).toEqual([995, 99]);
});

test('what was built on the new columns since is named, and drop loses nothing', async () => {
  const { sql, context } = await ready();
  await walk(sql);
  await sql.unsafe(
    'create view public.low as select organization_id from organization_credits where ai_credits_available < 10',
  );
  await expect(rollback(context, { method: 'drop' })).rejects.toMatchObject({ code: 'DEPENDENTS', exitCode: 6 });
  expect(await legacy(sql)).toEqual([994, 97]);
  await sql.unsafe('drop view public.low');
  await rollback(context, { method: 'drop' });
  expect(await legacy(sql)).toEqual([994, 97]);
});

test('while another run has the lease, and into a folder that holds another archive, nothing is dropped or overwritten', async () => {
  const { sql, context } = await ready();
  const lease = await takeLease(sql, 'somebody else');
  const held = { code: 'LEASE_HELD', exitCode: 3, message: expect.stringContaining('somebody else') };
  for (const method of ['disable', 'drop', 'restore'] as const)
    await expect(rollback(context, { method })).rejects.toMatchObject(held);
  await lease.release();
  expect(await sql`select mode from creditshift.control`).toEqual([{ mode: 'live' }]);
  const archive = join(context.folder, BACKUPS);
  const before = readdirSync(archive, { recursive: true });
  await expect(rollback(context, { method: 'drop', archive })).rejects.toMatchObject({
    code: 'ARCHIVE_FAILED',
    message: expect.stringContaining('is not empty'),
  });
  expect(readdirSync(archive, { recursive: true })).toEqual(before);
  expect(await sql`select count(*)::integer as entries from creditshift.allocations`).toEqual([{ entries: 2 }]);
});

test('nothing to roll back, nothing to disable, nothing after the legacy was dropped', async () => {
  const { url } = await freshDatabase();
  const context = contextFor(url);
  await expect(rollback(context, { method: 'drop' })).rejects.toMatchObject({
    code: 'NOTHING_TO_ROLL_BACK',
    exitCode: 6,
  });
  await migrate(context, { to: 'index' });
  await expect(rollback(context, { method: 'disable' })).rejects.toMatchObject({ code: 'NOT_CUT_OVER', exitCode: 6 });
  await migrate(context, { to: 'contract' });
  await migrate(context, { to: 'contract', dropLegacy: true });
  await expect(rollback(context, { method: 'drop' })).rejects.toMatchObject({ code: 'LEGACY_DROPPED', exitCode: 6 });
});

test('contract is undone by a rollback, and new organizations still get their pools after it', async () => {
  const { sql, context, before } = await ready();
  await migrate(context, { to: 'contract' });
  await sql`insert into organization_credits (organization_id, plan_name) values ('00000000-0000-0000-0000-000000000003', 'starter')`;
  await walk(sql);
  const [pools] =
    await sql`select ai_credits_available as ai from organization_credits where organization_id = '00000000-0000-0000-0000-000000000003'`;
  expect(pools).toEqual({ ai: 200 });
  await rollback(context, { method: 'drop' });
  expect(await legacy(sql)).toEqual([994, 97, 0]);
  expect(catalogDifference(before, await recordedCatalog(sql))).toEqual([]);
});
