import { expect, test } from 'vitest';
import { rehearse } from '../../src/commands/dry-run/rehearse.ts';
import { plan } from '../../src/commands/plan/plan.ts';
import type { Method } from '../../src/commands/rollback/rollback.ts';
import { renderBlocks } from '../../src/output/human.ts';
import { type Answers, configured, layout } from './layouts.ts';

const TWO_POOLS = '{ ai: {}, email: {} }';
const grant = (ai: number, email: number) => `{ grant: { ai: ${ai}, email: ${email} } }`;

/** Each layout with what its user fills in; no line besides is touched. */
const LAYOUTS: Record<string, [Method, Answers]> = {
  'users-credits': [
    'disable',
    {
      pools: TWO_POOLS,
      catalogue: '{ ai_chat: { legacyCost: 2, pools: { ai: 1 } }, email_send: { legacyCost: 1, pools: { email: 1 } } }',
      free: '{ split: { of: remaining, weights: { ai: 0.5, email: 0.5 } } }',
      pro: grant(300, 1000),
    },
  ],
  'camel-case': [
    'drop',
    {
      pools: '{ ai: {}, email: {}, sms: {} }',
      aiChat: '{ ai: 1 }',
      emailSend: '{ email: 1 }',
      smsSend: '{ sms: 2 }',
      Team: '{ split: { of: remaining, weights: { ai: 0.5, email: 0.25, sms: 0.25 } } }',
      Solo: grant(10, 20),
    },
  ],
  'numeric-grants': [
    'restore',
    {
      pools: '{ ai: {}, email: {}, sms: {} }',
      ai_tokens: '{ ai: 1 }',
      email: '{ email: 1 }',
      sms: '{ sms: 1 }',
      scale: grant(10000, 2000),
      trial: '{ split: { of: remaining, weights: { ai: 0.8, sms: 0.2 }, floors: { ai: 5 } } }',
    },
  ],
  'planned-legacy': [
    'drop',
    {
      pools: TWO_POOLS,
      ai_chat: ['1', '{ ai: 1 }'],
      custom: '{ split: { weights: { ai: 0.6, email: 0.4 }, floors: { ai: 500 } } }',
      enterprise: grant(1500, 20000),
      premium: grant(1500, 20000),
      starter: grant(200, 1000),
      Premium: 'premium',
      none: 'starter',
    },
  ],
};

test.each(Object.entries(LAYOUTS))(
  '%s: init, the marked lines, plan, forward and back',
  async (name, [method, answers]) => {
    const { context, server, base } = await layout(name);
    await configured(context, answers);
    const planned = await plan(context);
    expect(planned.blocks.filter(block => block.kind === 'mark' && block.tone === 'bad')).toEqual([]);
    expect(planned.exitCode ?? 0).toBe(0);
    const { phases } = await rehearse(context, server, base, context.folder, method);
    expect(phases.filter(({ faults }) => faults.length > 0)).toEqual([]);
  },
);

/** Layouts that no cutover leaves right, with what plan says. */
const REFUSED: Record<string, [Answers, string[]]> = {
  'ledger-trigger': [
    {
      pools: '{ ai: {} }',
      catalogue: '{ report: { legacyCost: 3, pools: { ai: 1 } } }',
      basic: '{ grant: { ai: 10 } }',
    },
    [
      'plan.balance-trigger: trigger keep_balance on table credit_ledger, by function keep_balance(), writes "public"."credit_accounts".balance itself',
    ],
  ],
  'loose-owners': [
    {
      pools: '{ ai: {} }',
      catalogue: '{ chat: { legacyCost: 1, pools: { ai: 1 } } }',
      basic: '{ grant: { ai: 10 } }',
      none: 'skip',
    },
    [
      'plan.owner-not-unique: "public"."credit_balances".account_id has no unique index',
      'plan.owner-repeated: "public"."credit_balances" has 50000000-0000-0000-0000-000000000001, 50000000-0000-0000-0000-000000000003 more than once',
      'plan.without-owner: 2 credits rows have no owner (id 6; id 7); give each one, or delete it',
    ],
  ],
};

test.each(Object.entries(REFUSED))('%s: plan refuses with the reason', async (name, [answers, reasons]) => {
  const { context } = await layout(name);
  await configured(context, answers);
  const { exitCode, findings, blocks } = await plan(context);
  expect(exitCode).toBe(5);
  expect(renderBlocks(blocks, { color: false, width: 100 })).toContain('✗');
  const said = findings?.results.flatMap(({ name, rows }) => rows.map(row => `${name}: ${row}`)).toSorted();
  expect(said).toEqual(reasons.toSorted().map(reason => expect.stringContaining(reason)));
});
