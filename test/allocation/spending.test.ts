import { expect, test } from 'vitest';
import { previewAllocation } from '../../src/allocation/preview.ts';
import { plan } from '../../src/commands/plan/plan.ts';
import { buildModel } from '../../src/config/model.ts';
import { readFacts } from '../../src/database/facts.ts';
import { AGENZIA, contextFor, freshDatabase, guardianConfig } from '../support/guardian.ts';
import { addOrganizations } from './organizations.ts';

test('what the legacy balance could buy of each action, against what the pools can: losses by action and organization', async () => {
  const { url, sql } = await freshDatabase();
  const spending = async () => {
    const { document, blocks } = await plan(contextFor(url));
    const text = blocks.map(block => ('text' in block ? block.text : '')).join('\n');
    return { power: document.spendingPower, text };
  };
  expect((await spending()).power).toEqual({ losing: 0, actions: [], first: [] });
  expect((await spending()).text).toContain('at least as much as with its legacy balance');

  // 200 AI, 150 WhatsApp, 1000 Email, 50 SMS for 500.5 legacy credits; an SMS cost 2, a form 5 of them, and 5 AI.
  await sql`alter table organization_credits alter column credits_remaining type numeric`;
  await sql`update organization_credits set credits_remaining = 500.5 where organization_id = ${AGENZIA}`;
  const loss = (action: string, legacy: bigint, pools: bigint) => ({
    action,
    organizations: 1,
    most: { organization: AGENZIA, name: 'Agenzia SEO Cagliari', action, legacy, pools },
  });
  const one = await spending();
  expect(one.power).toEqual({
    losing: 1,
    actions: [
      loss('ai_assistant', 250n, 200n),
      loss('ai_chat', 500n, 200n),
      loss('automation_run', 166n, 100n),
      loss('form_generation', 100n, 40n),
      loss('sms_send', 250n, 50n),
      loss('whatsapp_message', 500n, 150n),
    ],
    first: [loss('sms_send', 250n, 50n).most],
  });
  expect(one.text).toContain('1 organization can buy less of something');

  // Nothing is rounded up: 1.5 buys one of 1.5, and 1.4999 none. Free is without limit, and no pool is never.
  await sql`alter table credit_actions alter column credits_cost type numeric`;
  await sql`delete from organization_credits where organization_id <> ${AGENZIA}`;
  await sql`delete from credit_actions where action_type not in ('ai_chat', 'email_send', 'sms_send')`;
  await sql`update credit_actions set credits_cost = case action_type when 'ai_chat' then 1.5 when 'sms_send' then 0 else 0.01 end`;
  const config = guardianConfig();
  config.catalogue.email_send = { pools: {} };
  config.plans.starter = { grant: { ai: 0 } };
  const model = buildModel(config, await readFacts(sql, config));
  const of = async (balance: string) => {
    await sql`update organization_credits set credits_remaining = ${balance} where organization_id = ${AGENZIA}`;
    const { actions } = (await previewAllocation(sql, config, model)).spending;
    return actions.map(({ action, most }) => [action, most.legacy, most.pools]);
  };
  const free = ['sms_send', null, 0n];
  expect(await of('1.5')).toEqual([['ai_chat', 1n, 0n], ['email_send', 150n, 0n], free]);
  expect(await of('1.4999')).toEqual([['email_send', 149n, 0n], free]);
  expect(await of('NaN')).toEqual([free]);
});

test('of many that lose, each counts, and those that lose the greatest share are kept', async () => {
  const { sql } = await freshDatabase();
  await addOrganizations(sql, 3000);
  const config = guardianConfig();
  const model = buildModel(config, await readFacts(sql, config));
  const { spending } = await previewAllocation(sql, config, model);
  // Organization n has 100 + n legacy credits: an sms costs 2 of them and starter has 50, so those from n = 2 on lose.
  expect(spending.losing).toBe(2999);
  expect(spending.first.map(loss => loss.legacy)).toEqual(
    Array.from({ length: 20 }, (_, i) => 1550n - BigInt(Math.ceil(i / 2))),
  );
  expect(spending.actions.find(({ action }) => action === 'sms_send')).toMatchObject({
    organizations: 2999,
    most: { name: 'o3000', legacy: 1550n, pools: 50n },
  });
});
