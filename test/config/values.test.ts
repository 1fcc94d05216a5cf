import { describe, expect, test } from 'vitest';
import { plan } from '../../src/commands/plan/plan.ts';
import { parseConfig } from '../../src/config/load.ts';
import type { Problem } from '../../src/problems.ts';
import { contextFor, freshDatabase, guardianYaml } from '../support/guardian.ts';

/** What the parser says of the reference with one thing replaced. */
function faults(from: string, to: string): readonly string[] {
  try {
    parseConfig(guardianYaml.replaceAll(from, to), 'c.yaml');
    return [];
  } catch (error) {
    return (error as Problem).details;
  }
}

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
])('%s → %s is a fault with its line', (from, to, message) => {
  const found = faults(from, to);
  expect(found).toContainEqual(expect.stringContaining(message));
  for (const fault of found) expect(fault).toMatch(/^c\.yaml:\d+ {2}/);
});

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
    ['', '', 'COST_FRACTION', 'alter table credit_actions alter credits_cost type numeric using credits_cost * 0.75'],
  ])('%s → %s blocks the plan', async (from, to, code, change) => {
    const { url, sql } = await freshDatabase();
    await sql.unsafe(change);
    const result = await plan(contextFor(url, guardianYaml.replace(from, to)));
    expect(result.exitCode).toBe(5);
    expect(JSON.stringify(result.blocks)).toContain(code);
  });
});
