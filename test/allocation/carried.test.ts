import { expect, test } from 'vitest';
import { reallocate } from '../../src/commands/reallocate/reallocate.ts';
import { rollback } from '../../src/commands/rollback/rollback.ts';
import { verify } from '../../src/commands/verify.ts';
import { AGENZIA, contextFor, freshDatabase, guardianYaml, migrate } from '../support/guardian.ts';

const yaml = guardianYaml.replace(/( {2}starter: .*sms: 50 })( })/, '$1, carry: { ai: 1 }$2');

test('what is carried over follows the legacy balance up to each cutover, and stays through charges, resets, plan changes and a way back', async () => {
  const { url, sql } = await freshDatabase();
  await sql`update organization_credits set credits_remaining = 1000 where organization_id = ${AGENZIA}`;
  const context = contextFor(url, yaml);
  const pools = async () => {
    const [row] = await sql`
      select ai_credits_available as available, ai_credits_total as total, sms_credits_total as sms, credits_remaining as legacy,
             (select json_build_array(ai_extra, ai_carried) from creditshift.allocations as a
               where a.organization = organization_id and a.kind in ('migration', 'recalculation', 'plan change') order by sequence desc limit 1) as carried
        from organization_credits where organization_id = ${AGENZIA}`;
    return row;
  };
  const legacyCall = () => sql`select consume_credits_rpc(${AGENZIA}::uuid, 'ai_chat')`;

  await migrate(context, { to: 'index' });
  expect(await pools()).toMatchObject({ available: 1200, total: 1200, carried: [1000, 1000] });
  await legacyCall();
  await migrate(context);
  expect(await pools()).toMatchObject({ available: 1199, total: 1199, legacy: 999, carried: [999, 999] });

  await sql`select consume_credits_rpc(${AGENZIA}::uuid, 'ai_chat', 300)`;
  await sql`select reset_cycle(${AGENZIA}, '2026-12-01')`;
  expect(await pools()).toMatchObject({ available: 1099, total: 1099 });
  await sql`select consume_credits_rpc(${AGENZIA}::uuid, 'ai_chat', 10), top_up_credits(${AGENZIA}, 'sms', 5, 'pi_1')`;
  expect((await verify(context)).exitCode).toBe(0);

  // What pools charged is settled, and is no less to carry; what the legacy function spends then is.
  await rollback(context, { method: 'disable', reason: 'test' });
  expect(await pools()).toMatchObject({ legacy: 999 - 310 + 5 });
  await legacyCall();
  await migrate(context);
  expect(await pools()).toMatchObject({ available: 1088, total: 1098, sms: 55, legacy: 693, carried: [898, 998] });
  expect((await verify(context)).exitCode).toBe(0);

  await reallocate(context, { organization: AGENZIA, plan: 'premium' });
  expect(await pools()).toMatchObject({ available: 1490 + 898, total: 1500 + 898, carried: [898, 998] });
  expect((await verify(context)).exitCode).toBe(0);
  await rollback(context, { method: 'drop', reason: 'test' });
  const [legacy] =
    await sql`select credits_remaining as balance from organization_credits where organization_id = ${AGENZIA}`;
  expect(legacy).toEqual({ balance: 693 });
});
