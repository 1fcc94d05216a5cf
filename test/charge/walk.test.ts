import { expect, test } from 'vitest';
import { rollback } from '../../src/commands/rollback/rollback.ts';
import type { Context } from '../../src/commands/session/context.ts';
import { verify } from '../../src/commands/verify.ts';
import type { Sql } from '../../src/database/connect.ts';
import { foundIn, WARNINGS } from '../checks/found.ts';
import { ADMIN, AGENZIA, contextFor, freshDatabase, guardianYaml, migrate, VICTORY } from '../support/guardian.ts';

async function migrated(layout = 'available-total'): Promise<{ sql: Sql; context: Context }> {
  const { url, sql } = await freshDatabase();
  const context = contextFor(url, guardianYaml.replace('layout: available-total', `layout: ${layout}`));
  await migrate(context);
  return { sql, context };
}

async function charge(
  sql: Sql,
  organization: string | null,
  action: string | null,
  quantity: number | null = 1,
  key: string | null = null,
) {
  const [row] = await sql<{ answer: string }[]>`
    select public.consume_credits_rpc(${organization}::uuid, ${action}::text, ${quantity}::integer, p_idempotency_key => ${key}::text)::text as answer`;
  return row?.answer ?? '';
}

test.each(['available-total', 'allocated-used'])(
  'the acceptance walk in layout %s, to the last digit',
  async layout => {
    const { sql, context } = await migrated(layout);
    expect(await charge(sql, AGENZIA, 'ai_chat')).toBe(
      '{"success": true, "consumed": {"ai": 1}, "remaining": {"ai": 199}, "entry": 2}',
    );
    expect(await charge(sql, AGENZIA, 'whatsapp_message')).toBe(
      '{"success": true, "consumed": {"whatsapp": 1}, "remaining": {"whatsapp": 149}, "entry": 3}',
    );
    expect(await charge(sql, ADMIN, 'email_send')).toBe(
      '{"success": true, "consumed": {"email": 1}, "remaining": {"email": 19999}, "entry": 2}',
    );
    expect(await charge(sql, AGENZIA, 'ai_chat', 1000)).toBe(
      '{"success": false, "error": "Insufficient AI credits", "required": 1000, "available": 199, "code": "INSUFFICIENT_CREDITS"}',
    );
    const [totals] = await sql`
    select sum(ai_credits_available)::integer as ai, sum(whatsapp_credits_available)::integer as whatsapp,
           sum(email_credits_available)::integer as email, sum(sms_credits_available)::integer as sms from organization_credit_summary`;
    expect(totals).toEqual({ ai: 1699, whatsapp: 1349, email: 20999, sms: 550 });
    const log = await sql`
    select action_type, success, outcome, quantity::integer as quantity, credits_consumed, balance_before, balance_after, sequence
      from credit_consumption_logs order by id`;
    expect([...log]).toEqual([
      {
        action_type: 'ai_chat',
        success: true,
        outcome: 'success',
        quantity: 1,
        credits_consumed: 1,
        balance_before: 200,
        balance_after: 199,
        sequence: 2,
      },
      {
        action_type: 'whatsapp_message',
        success: true,
        outcome: 'success',
        quantity: 1,
        credits_consumed: 1,
        balance_before: 150,
        balance_after: 149,
        sequence: 3,
      },
      {
        action_type: 'email_send',
        success: true,
        outcome: 'success',
        quantity: 1,
        credits_consumed: 1,
        balance_before: 20000,
        balance_after: 19999,
        sequence: 2,
      },
      {
        action_type: 'ai_chat',
        success: false,
        outcome: 'INSUFFICIENT_CREDITS',
        quantity: 1000,
        credits_consumed: 0,
        balance_before: 199,
        balance_after: 199,
        sequence: null,
      },
    ]);
    const checks = await verify(context);
    expect(foundIn(checks.document)).toMatchObject(WARNINGS);
    await rollback(context, { method: 'disable' });
    expect([...(await sql`select credits_remaining as left from organization_credits order by 1`)]).toEqual([
      { left: 97 },
      { left: 994 },
    ]);
  },
);

test.each([
  ['unknown action', AGENZIA, 'nope', 1, 'UNKNOWN_ACTION'],
  ['no action', AGENZIA, null, 1, 'UNKNOWN_ACTION'],
  ['unknown organization', VICTORY, 'ai_chat', 1, 'UNKNOWN_ORGANIZATION'],
  ['no organization', null, 'ai_chat', 1, 'UNKNOWN_ORGANIZATION'],
  ['no quantity', AGENZIA, 'ai_chat', null, 'INVALID_QUANTITY'],
  ['zero', AGENZIA, 'ai_chat', 0, 'INVALID_QUANTITY'],
  ['negative', AGENZIA, 'ai_chat', -1, 'INVALID_QUANTITY'],
  ['overflow', AGENZIA, 'form_generation', 2_147_483_647, 'QUANTITY_OVERFLOW'],
] as const)('%s answers with its code, changes and logs nothing', async (_, organization, action, quantity, code) => {
  const { sql } = await migrated();
  const state = () =>
    sql`select (select json_agg(b) from organization_credits b)::text || (select count(*) from credit_consumption_logs) as state`;
  const before = await state();
  const answer = JSON.parse(await charge(sql, organization, action, quantity));
  expect(answer).toMatchObject({ success: false, code });
  expect([...(await state())]).toEqual([...before]);
});

test('an action that no pool pays for is refused, never free', async () => {
  const { sql } = await migrated();
  await sql`insert into credit_actions (action_type, credits_cost) values ('fax', 4)`;
  expect(JSON.parse(await charge(sql, AGENZIA, 'fax'))).toMatchObject({ success: false, code: 'UNPRICED_ACTION' });
});

test('a price beyond every number is an overflow, not an error', async () => {
  const { sql } = await migrated();
  await sql`update credit_actions set ai_credits_required = 2147483647, whatsapp_credits_required = 2147483647,
                   email_credits_required = 2147483647, sms_credits_required = 2147483647 where action_type = 'ai_chat'`;
  for (const quantity of [1, 2_147_483_647]) {
    expect(JSON.parse(await charge(sql, AGENZIA, 'ai_chat', quantity))).toMatchObject({ code: 'QUANTITY_OVERFLOW' });
  }
});

test('an idempotency key gives the first answer again, and refuses other arguments', async () => {
  const { sql } = await migrated();
  const first = await charge(sql, AGENZIA, 'ai_chat', 2, 'order-1');
  expect(await charge(sql, AGENZIA, 'ai_chat', 1)).toContain('"remaining": {"ai": 197}');
  expect(await charge(sql, AGENZIA, 'ai_chat', 2, 'order-1')).toBe(first);
  expect(JSON.parse(await charge(sql, AGENZIA, 'ai_chat', 3, 'order-1'))).toMatchObject({
    code: 'IDEMPOTENCY_CONFLICT',
  });
  expect(JSON.parse(await charge(sql, AGENZIA, 'ai_chat', 1000, 'order-2'))).toMatchObject({
    code: 'INSUFFICIENT_CREDITS',
  });
  expect(JSON.parse(await charge(sql, AGENZIA, 'ai_chat', 1, 'order-2'))).toMatchObject({ success: true });
});

test('an action over several pools is all or nothing; the first short pool in configured order is named', async () => {
  const { sql } = await migrated();
  await sql`update credit_actions set ai_credits_required = 1, sms_credits_required = 60 where action_type = 'ai_chat'`;
  expect(JSON.parse(await charge(sql, AGENZIA, 'ai_chat'))).toMatchObject({
    error: 'Insufficient SMS credits',
    required: 60,
    available: 50,
  });
  expect(JSON.parse(await charge(sql, AGENZIA, 'ai_chat', 300))).toMatchObject({
    error: 'Insufficient AI credits',
    required: 300,
  });
  expect(await charge(sql, ADMIN, 'ai_chat', 2)).toBe(
    '{"success": true, "consumed": {"ai": 2, "sms": 120}, "remaining": {"ai": 1498, "sms": 380}, "entry": 2}',
  );
  const [agenzia] =
    await sql`select ai_credits_available as ai, sms_credits_available as sms from organization_credits where organization_id = ${AGENZIA}`;
  expect(agenzia).toEqual({ ai: 200, sms: 50 });
});

test('callers act for their own organization only, anon for none, service_role for all', async () => {
  const { sql } = await migrated();
  const as = async (role: string, user: string | null, organization: string) =>
    sql
      .begin(async tx => {
        await tx.unsafe(`set local role ${role}`);
        await tx`select set_config('request.jwt.claims', ${user ? JSON.stringify({ sub: user }) : ''}, true)`;
        const [row] = await tx<
          { answer: { success: boolean } }[]
        >`select consume_credits_rpc(${organization}::uuid, 'ai_chat') as answer`;
        return row?.answer.success;
      })
      .catch(error => (error as { code?: string }).code);
  const agenziaUser = '00000000-0000-0000-0000-0000000000a2';
  expect(await as('authenticated', agenziaUser, AGENZIA)).toBe(true);
  expect(await as('authenticated', agenziaUser, ADMIN)).toBe('42501');
  expect(await as('authenticated', agenziaUser, '00000000-0000-0000-0000-00000000ffff')).toBe('42501');
  expect(await as('authenticated', null, AGENZIA)).toBe('42501');
  expect(await as('authenticated', 'nobody: not even a uuid', AGENZIA)).toBe('42501');
  expect(await as('anon', agenziaUser, AGENZIA)).toBe('42501');
  expect(await as('service_role', null, ADMIN)).toBe(true);
});

test('the log is append-only, for the owner too', async () => {
  const { sql } = await migrated();
  await charge(sql, AGENZIA, 'ai_chat');
  for (const statement of [
    'delete from credit_consumption_logs',
    'update credit_consumption_logs set action_type = null',
    'truncate credit_consumption_logs',
  ]) {
    await expect(sql.unsafe(statement)).rejects.toThrow('append-only');
  }
});
