import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { plan } from '../../src/commands/plan/plan.ts';
import { reallocate } from '../../src/commands/reallocate/reallocate.ts';
import { report } from '../../src/commands/report/report.ts';
import { rollback } from '../../src/commands/rollback/rollback.ts';
import { verify } from '../../src/commands/verify.ts';
import { catalogDifference, recordedCatalog } from '../../src/database/catalog.ts';
import { ADMIN, AGENZIA, contextFor, freshDatabase, guardianYaml, migrate } from '../support/guardian.ts';

/** Guardian with a pool for voice calls: configuration only. */
const voiceYaml = guardianYaml
  .replace(/(\n {2}sms: +\{ label: SMS.*\n)/, '$1  voice: { label: Voice, purpose: Voice calls, provider: Twilio }\n')
  .replace(/(\n {2}whatsapp_message: .*\n)/, '$1  voice_call: { legacyCost: 7, pools: { voice: 3, ai: 1 } }\n')
  .replace('sms: 50 } }', 'sms: 50, voice: 30 } }')
  .replaceAll('sms: 0.05 }', 'sms: 0.05, voice: 0.1 }')
  .replaceAll('sms: 0.08 }', 'sms: 0.08, voice: 0.2 }');

const call = `select consume_credits_rpc('${AGENZIA}', 'voice_call')::text as answer`;
const charged = '{"success": true, "consumed": {"ai": 1, "voice": 3}, "remaining": {"ai": 199, "voice": 27}, "entry": ';

test('a fifth pool before the migration: columns, functions, checks and reports', async () => {
  const { url, sql } = await freshDatabase();
  const before = await recordedCatalog(sql);
  const context = contextFor(url, voiceYaml);
  await migrate(context);
  const [row] = await sql.unsafe<{ answer: string }[]>(call);
  expect(row?.answer).toBe(`${charged}2}`);
  expect((await verify(context, {})).exitCode ?? 0).toBe(0);
  expect(JSON.stringify((await report(context, { kind: 'status' })).blocks)).toContain('27/30');
  await rollback(context, { method: 'drop' });
  expect(catalogDifference(before, await recordedCatalog(sql))).toEqual([]);
  const [action] = await sql`select count(*)::integer as n from credit_actions where action_type = 'voice_call'`;
  expect(action).toEqual({ n: 0 });
});

test('a fifth pool after the cutover is drift in plan, and the next migrate applies it as a revision', async () => {
  const { url, sql } = await freshDatabase();
  const before = await recordedCatalog(sql);
  const context = contextFor(url);
  await migrate(context);
  await sql`select consume_credits_rpc(${ADMIN}::uuid, 'email_send'), top_up_credits(${ADMIN}, 'ai', 5, 'pi_1')`;
  writeFileSync(context.configPath, voiceYaml);
  expect((await plan(context)).document.changes).toEqual([
    'pools.voice: new',
    'catalogue.voice_call: new',
    'plans.starter: changed',
  ]);

  await migrate(context);
  const [row] = await sql.unsafe<{ answer: string }[]>(call);
  expect(row?.answer).toBe(`${charged}3}`);
  // Of before the pool was there.
  await sql`select reverse_credits(${ADMIN}, 2)`;
  expect((await verify(context, {})).exitCode ?? 0).toBe(0);
  expect((await migrate(context)).document.applied).toEqual([]);
  const [summary] =
    await sql`select voice_credits_available as voice, total_allocated::integer as total from organization_credit_summary where organization_id = ${AGENZIA}`;
  expect(summary).toEqual({ voice: 27, total: 1430 });

  await rollback(context, { method: 'drop' });
  expect(catalogDifference(before, await recordedCatalog(sql))).toEqual([]);
  const [legacy] =
    await sql`select credits_remaining as balance from organization_credits where organization_id = ${AGENZIA}`;
  expect(legacy).toEqual({ balance: 92 });
});

test('a changed plan touches existing organizations only through reallocate, which keeps what is in use', async () => {
  const { url, sql } = await freshDatabase();
  const context = contextFor(url);
  await migrate(context);
  await sql`select consume_credits_rpc(${AGENZIA}::uuid, 'ai_chat', 20)`;
  writeFileSync(context.configPath, guardianYaml.replace('grant: { ai: 200,', 'grant: { ai: 300,'));
  await migrate(context);
  const pool = async () =>
    (
      await sql`select ai_credits_available as available, ai_credits_total as total from organization_credits where organization_id = ${AGENZIA}`
    )[0];
  expect(await pool()).toEqual({ available: 180, total: 200 });
  await reallocate(context);
  expect(await pool()).toEqual({ available: 280, total: 300 });
  expect((await verify(context, {})).exitCode ?? 0).toBe(0);
  await reallocate(context, { organization: AGENZIA, plan: 'premium' });
  expect(await pool()).toEqual({ available: 1480, total: 1500 });
  expect((await verify(context, {})).exitCode ?? 0).toBe(0);
});

test('a pool is never removed', async () => {
  const { url } = await freshDatabase();
  const context = contextFor(url, voiceYaml);
  await migrate(context);
  writeFileSync(context.configPath, guardianYaml);
  await expect(migrate(context)).rejects.toMatchObject({
    code: 'PLAN_CONFLICTS',
    details: expect.arrayContaining([expect.stringContaining('pools.voice')]),
  });
});
