import { expect, test } from 'vitest';
import { ADMIN, AGENZIA, contextFor, freshDatabase, guardianYaml, migrate } from '../support/guardian.ts';

const yaml = guardianYaml
  .replace('organization: p_organization_id', 'organization: organization_id')
  .replace('action: p_action_type', 'action: action_type\n    quantity: quantity')
  .replace('consume_credits_rpc(uuid, text)', 'consume_credits_rpc(uuid, text, integer)');

test('parameters named as columns are charges’ own, and legacy defaults stay', async () => {
  const { url, sql } = await freshDatabase();
  await sql.unsafe(`
    drop function consume_credits_rpc;
    create function consume_credits_rpc(organization_id uuid, action_type text default 'ai_chat', quantity integer default 2)
      returns json language sql as 'select null::json'`);
  await migrate(contextFor(url, yaml));
  const [row] = await sql`select consume_credits_rpc(${AGENZIA}) as answer`;
  expect(row?.answer).toEqual({ success: true, consumed: { ai: 2 }, remaining: { ai: 198 }, entry: 2 });
  const rows = await sql`
    select organization_id, ai_credits_available as ai from organization_credits order by 1`;
  expect([...rows]).toEqual([
    { organization_id: ADMIN, ai: 1500 },
    { organization_id: AGENZIA, ai: 198 },
  ]);
});

test('who is a member of one organization may not act for another, whatever the parameters are called', async () => {
  const { url, sql } = await freshDatabase();
  await sql.unsafe(`
    drop function consume_credits_rpc;
    create function consume_credits_rpc(organization_id uuid, action_type text, quantity integer)
      returns json language sql as 'select null::json'`);
  await migrate(contextFor(url, yaml));
  const call = sql.begin(async tx => {
    await tx`set local role authenticated`;
    await tx`select set_config('request.jwt.claims', '{"sub": "00000000-0000-0000-0000-0000000000a2"}', true)`;
    return tx`select consume_credits_rpc(${ADMIN}, 'ai_chat', 1) as answer`;
  });
  await expect(call).rejects.toMatchObject({ code: '42501' });
});
