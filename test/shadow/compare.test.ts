import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { shadow } from '../../src/commands/shadow/shadow.ts';
import { recordedCatalog } from '../../src/database/catalog.ts';
import type { Sql } from '../../src/database/connect.ts';
import type { ActionResult } from '../../src/shadow/compare.ts';
import { CAUSES } from '../../src/shadow/pools.ts';
import { ADMIN, AGENZIA, contextFor, guardianYaml, migrate, VICTORY } from '../support/guardian.ts';
import { sharedDatabase } from '../support/migrated.ts';

// A form costs 5 legacy credits and 150 of the AI pool, of which Agenzia gets 200.
const yaml = guardianYaml.replace('{ legacyCost: 5,  pools: { ai: 5 } }', '{ legacyCost: 5, pools: { ai: 150 } }');
const FREE = '00000000-0000-0000-0000-00000000000f';

let shared: Awaited<ReturnType<typeof sharedDatabase>>;
let sql: Sql;
const context = () => contextFor(shared.url, yaml);
beforeAll(async () => {
  shared = await sharedDatabase();
  sql = shared.sql;
  await sql`insert into organizations (id, name, slug) values (${FREE}, 'Free Rider', 'free-rider')`;
  await sql`insert into organization_credits (organization_id, plan_name) values (${FREE}, 'free')`;
  await sql`insert into credit_actions (action_type, credits_cost) values ('export', 1)`;
});
afterAll(() => shared.drop());
beforeEach(() => sql`delete from credit_consumption_logs`);

/** Logs calls as a legacy function would have, a second apart, the last one so many days ago. */
const logged = (
  organization: string,
  action: string,
  outcome: string | null,
  consumed: number | null,
  times = 1,
  days = 0,
) =>
  sql`
    insert into credit_consumption_logs (organization_id, action_type, outcome, credits_consumed, created_at)
    select ${organization}, ${action}, ${outcome}, ${consumed}::integer,
           clock_timestamp() - make_interval(days => ${days}::integer, secs => ${times}::integer - n)
      from generate_series(1, ${times}::integer) as n`;

/** What was compared: `action cause count`, and how many agreed. */
async function compared(options: { fromLog?: boolean; window?: string }) {
  const { document, exitCode, blocks, findings } = await shadow(context(), options);
  const actions = document.actions as ActionResult[];
  const found = actions.flatMap(a => a.disagreements.map(d => `${a.action}: ${d.calls} ${d.cause}`)).sort();
  const findingsThat = (outcome: string) => findings?.results.filter(f => f.outcome === outcome).map(f => f.name);
  return { document, exitCode, found, text: JSON.stringify(blocks), actions, findingsThat };
}

test('without a call nothing is compared, and no rate is given', async () => {
  for (const options of [{}, { fromLog: true }]) {
    const { document, exitCode, text, findingsThat } = await compared(options);
    expect(findingsThat('not judged')).toHaveLength(Object.keys(CAUSES).length);
    expect(document).toMatchObject({ calls: 0, rate: null, disagreeing: 0 });
    expect(exitCode).toBe(0);
    expect(text).toContain('Nothing was compared.');
    expect(text).toContain('shadow --install');
    expect(text).not.toContain('100');
  }
});

test('what cannot be told from the log is not guessed', async () => {
  await logged(AGENZIA, 'ai_chat', 'queued', 0);
  const { document, exitCode, text } = await compared({ fromLog: true });
  expect(document).toMatchObject({ calls: 1, agreed: 0, unjudged: 1, rate: null });
  expect(exitCode).toBe(0);
  expect(text).toContain('no call tells whether it was allowed');
});

test('each cause of a disagreement is told, on a database where nothing was migrated, and nothing is changed', async () => {
  await logged(AGENZIA, 'ai_chat', 'refused', 0, 1, 40);
  await logged(AGENZIA, 'ai_chat', null, 3, 4);
  await logged(AGENZIA, 'ai_chat', 'insufficient_credits', 0);
  await logged(AGENZIA, 'ai_chat', 'queued', 0);
  await logged(AGENZIA, 'form_generation', 'success', 5, 2);
  await logged(AGENZIA, 'sms_send', 'success', 2, 30);
  await logged(AGENZIA, 'sms_send', 'failed', 0);
  await logged(AGENZIA, 'sms_send', 'success', 2, 20);
  await logged(ADMIN, 'no such action', 'success', 1);
  await logged(ADMIN, 'no such action', 'failed', 0);
  await logged(ADMIN, 'export', 'success', 1);
  await logged(VICTORY, 'ai_chat', 'success', 1);
  await logged(FREE, 'ai_chat', 'success', 1);
  await logged(FREE, 'ai_chat', 'failed', 0);
  const before = [await recordedCatalog(sql), await sql`select c::text from organization_credits as c order by 1`];
  const { document, exitCode, found, actions, findingsThat } = await compared({ fromLog: true, window: '30d' });
  expect(found).toEqual([
    'ai_chat: 1 no pools',
    'ai_chat: 1 pool larger',
    'ai_chat: 1 unknown organization',
    'export: 1 unpriced action',
    'form_generation: 1 repriced',
    'no such action: 1 unknown action',
    // The one that legacy refused would be refused at 2 credits each; 49 and not 50 are left for the others.
    'sms_send: 1 pool smaller',
    'sms_send: 1 repriced',
  ]);
  expect(findingsThat('passed')).toEqual(['shadow.invalid-quantity', 'shadow.quantity-overflow']);
  expect(findingsThat('failed')).toHaveLength(7);
  expect(document).toMatchObject({ calls: 65, unjudged: 1, disagreeing: 8, agreed: 56, rate: 87.5 });
  expect(exitCode).toBe(5);
  const form = actions.find(a => a.action === 'form_generation');
  // 4 × 3 chats, the one that legacy refused, the one that nobody knows of, and a form.
  expect(form?.disagreements[0]?.examples).toMatchObject([
    {
      organization: AGENZIA,
      name: 'Agenzia SEO Cagliari',
      legacy: 'allowed',
      short: { pool: 'ai', required: 150n, available: 36n },
    },
  ]);
  expect([await recordedCatalog(sql), await sql`select c::text from organization_credits as c order by 1`]).toEqual(
    before,
  );
});

test('the acceptance walk is decided alike, before the pools are allocated and after', async () => {
  await migrate(context(), { to: 'control' });
  await shadow(context(), { install: true });
  for (const [organization, action] of [
    [AGENZIA, 'ai_chat'],
    [AGENZIA, 'whatsapp_message'],
    [ADMIN, 'email_send'],
  ] as const)
    await sql`select consume_credits_rpc(${organization}, ${action})`;
  const alike = { calls: 3, agreed: 3, rate: 100, disagreeing: 0 };
  expect((await compared({})).document).toMatchObject({
    ...alike,
    pools: 'as the configuration would allocate them now',
  });
  const poorer = contextFor(shared.url, yaml.replace('ai: 200', 'ai: 0'));
  expect((await shadow(poorer)).document).toMatchObject({ calls: 3, agreed: 2, rate: 66.66, disagreeing: 1 });
  await migrate(context(), { to: 'index' });
  expect((await shadow(poorer)).document).toMatchObject(alike);
  const { document, exitCode } = await compared({});
  expect(document).toMatchObject({ ...alike, pools: 'as allocated', shim: true });
  expect(exitCode).toBe(0);

  await sql`
    insert into creditshift.shadow_calls (organization, action, quantity, allowed) values
      (${AGENZIA}, 'ai_chat', 0, true), (${AGENZIA}, 'ai_chat', null, false), (${AGENZIA}, 'ai_chat', 3000000000, true),
      (null, 'ai_chat', 1, true), (${AGENZIA}, 'ai_chat', 1000, true), (${AGENZIA}, 'ai_chat', 199, true), (${AGENZIA}, 'ai_chat', 1, false)`;
  expect((await compared({})).found).toEqual([
    'ai_chat: 1 invalid quantity',
    'ai_chat: 1 pool smaller',
    'ai_chat: 1 quantity overflow',
    'ai_chat: 1 unknown organization',
  ]);
});

test.each([{ install: true, remove: true }, { window: 'a while' }, { remove: true, window: '1d' }])(
  '%o is refused',
  async options => {
    await expect(shadow(context(), options)).rejects.toMatchObject({ code: 'USAGE' });
  },
);
