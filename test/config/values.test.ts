import { describe, expect, test } from 'vitest';
import { plan } from '../../src/commands/plan/plan.ts';
import { verify } from '../../src/commands/verify.ts';
import { parseConfig } from '../../src/config/load.ts';
import type { Problem } from '../../src/problems.ts';
import { AGENZIA, contextFor, freshDatabase, guardianYaml, migrate } from '../support/guardian.ts';

/** What the parser says of the reference with one thing replaced. */
function faults(from: string, to: string): readonly string[] {
  try {
    parseConfig(guardianYaml.replaceAll(from, to), 'c.yaml');
    return [];
  } catch (error) {
    return (error as Problem).details;
  }
}

const section = (from: RegExp): string => from.exec(guardianYaml)?.[0] ?? '';
const LEGACY_LOG = section(/^log:\n( {2}.*\n)+/m);
const PRICES = section(/^actions:\n( {2}.*\n)+/m);
const CONSUME = section(/^ {2}consume:\n( {4}.*\n)+/m);

test.each([
  ['price: 19,', 'price: abc,', 'plans.starter.price: Invalid input: expected number, received string'],
  ['ai: 1500,', 'ai: .inf,', 'plans.premium.grant.ai: Invalid input: expected'],
  ['ai: 1500,', 'ai: 3000000000,', 'plans.premium.grant.ai: is more than an integer column holds'],
  ['label: AI,', 'label: "A\\nI",', 'pools.ai.label: contains a control character'],
  ['Google Gemini Flash-Lite', '$creditshift$', 'pools.ai.provider: contains a control character'],
  ['ai_chat:', '"ai\\tchat":', 'its name contains a control character'],
  ['sms', 'legacy', 'is a name that creditshift needs itself'],
  ['sms', 'constructor', 'is a name that creditshift needs itself'],
  ['after: balance_after', 'after: balance_before', 'log.after: names the column of before again'],
  ['plan: plan_name', 'plan: organization_id', 'balances.plan: names the column of owner again'],
  ['  owner: organization_id\n  action', '  ownr: organization_id\n  action', 'log.ownr: is not a known key'],
  ['cost: credits_cost', 'cots: credits_cost', 'actions.cots: is not a known key'],
  ['organization: p_org', 'organisation: p_org', 'functions.consume.organisation: is not a known key'],
  [LEGACY_LOG, 'log: { table: public.log, create: true, ownr: o }\n', 'log.ownr: is not a known key'],
  [LEGACY_LOG, 'log: { table: public.log, create: true, at: user_id }\n', 'log.at: names the column of user again'],
  [LEGACY_LOG, 'log: { table: public.log, create: maybe }\n', 'log.create: Invalid input: expected true'],
  [LEGACY_LOG, 'log: { table: public.credit_actions, create: true }\n', 'log.table: names the table of actions again'],
  [LEGACY_LOG, 'log: none\n', 'log: Invalid input: expected object, received string'],
  [PRICES, 'actions: { table: public.prices, create: true, cots: c }\n', 'actions.cots: is not a known key'],
  [CONSUME, '  consume: { name: public.charge, anwser: x }\n', 'functions.consume.anwser: is not a known key'],
  ['\nbalances:', '\nbalance:', 'balance: is not a known key. Did you mean balances?'],
  ['cost: credits_cost', 'cots: credits_cost', 'actions.cots: is not a known key. Did you mean cost?'],
  ['organization: p_org', 'organisation: p_org', 'is not a known key. Did you mean organization?'],
  ['trial: is_trial', 'tenure: is_trial', 'balances.tenure: is not a known key'],
  ['ai: 1500,', 'ai: -1,', 'plans.premium.grant.ai: is negative'],
  ['name: name', `name: ${'n'.repeat(64)}`, 'tenants.name: is 64 bytes long; PostgreSQL keeps 63'],
  ['name: name', `name: ${'è'.repeat(32)}`, 'tenants.name: is 64 bytes long'],
  ['public.profiles', `public.${'p'.repeat(64)}`, 'is 64 bytes long; PostgreSQL keeps 63'],
  ['balance: credits_remaining', `balance: ${'b'.repeat(56)}`, '_retired, as contract calls it, is 64 bytes long'],
  ['sms:', `${'s'.repeat(32)}:`, 'must be lower case letters, digits and _, at most 31 of them, letter first'],
  ['lockWaiters: 8', 'lockWaiters: many', 'throttle.lockWaiters: Invalid input: expected false, or Invalid input'],
])('%s → %s is a fault with its line', (from, to, message) => {
  const found = faults(from, to);
  expect(found).toContainEqual(expect.stringContaining(message));
  for (const fault of found) expect(fault).toMatch(/^c\.yaml:\d+ {2}/);
});

test('a price list that is made needs the legacy cost of every action', () => {
  const yaml = guardianYaml.replace('ai_chat:          { legacyCost: 1,  ', 'ai_chat:          { ');
  expect(() => parseConfig(yaml, 'c.yaml')).not.toThrow();
  expect(() =>
    parseConfig(yaml.replace(PRICES, 'actions: { table: public.prices, create: true }\n'), 'c.yaml'),
  ).toThrow(expect.objectContaining({ details: [expect.stringContaining('catalogue.ai_chat: has no legacyCost')] }));
});

test('columns of tables that are made have names of their own accord', () => {
  const yaml = guardianYaml
    .replace(LEGACY_LOG, 'log: { table: public.log, create: true, user: member }\n')
    .replace(PRICES, 'actions: { table: public.prices, create: true }\n')
    .replace(CONSUME, '  consume: { name: public.charge }\n');
  const { log, actions, functions } = parseConfig(yaml, 'c.yaml');
  expect(log).toMatchObject({ create: true, owner: 'organization_id', user: 'member', at: 'created_at' });
  expect(actions).toMatchObject({ create: true, action: 'action_type', cost: 'legacy_cost' });
  expect(functions.consume).toMatchObject({ name: 'public.charge', organization: 'p_organization_id' });
  expect(functions.consume).not.toHaveProperty('legacy');
});

test('a file of a later version is told so, whatever else is in it', () => {
  const later = guardianYaml.replace('version: 1', 'version: 2').replace('balances:', 'accounts:');
  expect(() => parseConfig(later, 'c.yaml')).toThrow(
    expect.objectContaining({
      code: 'CONFIG_NEWER',
      message: expect.stringContaining('is of version 2, and this creditshift reads version 1'),
    }),
  );
});

/** The balance as a number that can be anything. */
const NUMERIC = `alter table organization_credits drop remaining_credits, add remaining_credits numeric, alter credits_remaining type numeric`;

describe('what only the database can say', () => {
  test.each([
    ['active: is_active', 'active: renewal_status'],
    ['balance: credits_remaining', 'balance: renewal_type'],
  ])('%s → %s is refused by its type', async (from, to) => {
    const { url } = await freshDatabase();
    await expect(plan(contextFor(url, guardianYaml.replace(from, to)))).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      details: [expect.stringContaining(to.replace(/^.*: /, ''))],
    });
  });

  test.each([
    ['execute: [authenticated', 'execute: [nobody_such', 'ROLE_MISSING', ''],
    ['0001: premium', '000A: premium\n    00000000-0000-0000-0000-00000000000a: starter', 'ASSIGNED_TWICE', ''],
    ['', '', 'NO_NUMBER', `${NUMERIC}; update organization_credits set credits_remaining = 'NaN'`],
    ['', '', 'NO_NUMBER', `${NUMERIC}; update organization_credits set credits_remaining = '-Infinity'`],
    [
      '0002: starter',
      '0002: custom',
      'BEYOND_POOL: a split gives 00000000-0000-0000-0000-000000000002 more than a pool of integer holds',
      `${NUMERIC}, alter total_credits type numeric; update organization_credits set total_credits = 5368709120`,
    ],
    ['', '', 'COST_FRACTION', 'alter table credit_actions alter credits_cost type numeric using credits_cost * 0.75'],
  ])('%s → %s blocks the plan', async (from, to, code, change) => {
    const { url, sql } = await freshDatabase();
    await sql.unsafe(change);
    const result = await plan(contextFor(url, guardianYaml.replace(from, to)));
    expect(result.exitCode).toBe(5);
    expect(JSON.stringify(result.blocks)).toContain(code);
  });

  test('pools may be called total and select; where a column of that name is there already, it is told', async () => {
    const { url, sql } = await freshDatabase();
    const yaml = guardianYaml.replaceAll(/\bsms:/g, 'total:').replaceAll(/\bemail:/g, 'select:');
    const taken = await plan(contextFor(url, yaml.replace('available-total', 'allocated-used')));
    expect(taken.exitCode).toBe(5);
    expect(JSON.stringify(taken.blocks)).toContain('already has a column total_credits');
    const context = contextFor(url, yaml);
    await migrate(context);
    expect(await verify(context, {})).toMatchObject({ exitCode: 0 });
    const [row] = await sql`select consume_credits_rpc(${AGENZIA}, 'sms_send') as answer`;
    expect(row?.answer).toMatchObject({ success: true, consumed: { total: 1 }, remaining: { total: 49 } });
  });
});
