import { writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { backup } from '../../src/commands/backup/backup.ts';
import { type Method, rollback } from '../../src/commands/rollback/rollback.ts';
import { pause } from '../../src/commands/session/pause.ts';
import { status } from '../../src/commands/status.ts';
import { verify } from '../../src/commands/verify.ts';
import type { Sql } from '../../src/database/connect.ts';
import { reserve } from '../../src/database/reserve.ts';
import { ADMIN, AGENZIA, contextFor, freshDatabase, guardianYaml, migrate } from '../support/guardian.ts';

type Policy = 'allow' | 'record' | 'refuse';
const withPolicy = (policy: Policy) => guardianYaml.replace('lateWrites: record', `lateWrites: ${policy}`);

async function cutOver(policy: Policy) {
  const { url, sql } = await freshDatabase();
  const context = contextFor(url, withPolicy(policy));
  await backup(context);
  await migrate(context);
  await sql`select consume_credits_rpc(${AGENZIA}, 'ai_chat')`;
  return { sql, context };
}

/** Old code, by its application's name: spends 5 of Agenzia and sells 10 to System Admin. */
const oldCode = (sql: Sql) =>
  sql.begin(async tx => {
    await tx`select set_config('application_name', 'old billing', true)`;
    await tx`update organization_credits set credits_remaining = credits_remaining - 5 where organization_id = ${AGENZIA}`;
    await tx`update organization_credits set credits_remaining = credits_remaining + 10, total_credits = total_credits + 10
              where organization_id = ${ADMIN}`;
  });

const REFUSED = {
  code: '22023',
  hint: 'LATE_WRITE',
  message: expect.stringContaining('The unified balance takes no writes'),
  detail: expect.stringMatching(/^organization .*0002, from 99 to 94, by \w+ \(old billing\)$/),
};

const legacy = async (sql: Sql) =>
  (await sql<{ balance: number }[]>`select credits_remaining as balance from organization_credits order by 1 desc`).map(
    row => row.balance,
  );

/** What verify and status say of late writes. */
async function shown(context: Parameters<typeof verify>[0]) {
  const { document } = await verify(context, { only: 'legacy.no-late-writes' });
  const [check] = document.checks as { outcome: string; rows: string[] }[];
  const { counts } = (await status(context)).document as { counts: { lateWrites: number } };
  return { outcome: check?.outcome, rows: check?.rows ?? [], count: counts.lateWrites };
}

/** Each policy by the quickest way back; each way back, and whom it believes, by the policy that is the default. */
describe.each([
  ['allow', 'disable', undefined],
  ['refuse', 'restore', 'backup'],
  ['record', 'disable', undefined],
  ['record', 'drop', undefined],
  ['record', 'restore', 'current'],
  ['record', 'restore', 'backup'],
] as const)('policies.lateWrites: %s', (policy, method: Method, balances) => {
  test(`${method} (--balances ${balances}) keeps what was written, and settles beside it`, async () => {
    const { sql, context } = await cutOver(policy);
    const written = oldCode(sql);
    if (policy === 'refuse') await expect(written).rejects.toMatchObject(REFUSED);
    else await written;
    const kept = policy !== 'refuse' && balances !== 'backup' ? [1005, 93] : [995, 98];
    if (method === 'restore' && policy !== 'refuse') {
      await expect(rollback(context, { method })).rejects.toMatchObject({
        code: 'BALANCES_DIFFER',
        details: [
          `${ADMIN}: now 1005, by the backup 995; of it by late writes 10`,
          `${AGENZIA}: now 93, by the backup 98; of it by late writes -5`,
        ],
      });
    }
    const told = policy === 'refuse' ? {} : { ...(balances && { balances }) };
    expect(await rollback(context, { method, ...told })).toMatchObject({ exitCode: 0 });
    expect(await legacy(sql)).toEqual(kept);
  });
});

test('a recorded write is shown with who, when and how much; an allowed one is counted only; a refused one leaves nothing', async () => {
  const recorded = await cutOver('record');
  await oldCode(recorded.sql);
  const found = await shown(recorded.context);
  expect(found).toMatchObject({ outcome: 'failed', count: 2 });
  expect(found.rows).toEqual([
    expect.stringMatching(/0001: 995 → 1005, total 1000 → 1010 by \w+ \(old billing\) at \d{4}-/),
    expect.stringMatching(/0002: 99 → 94 by \w+ \(old billing\) at \d{4}-/),
  ]);
  const allowed = await cutOver('allow');
  await oldCode(allowed.sql);
  expect(await shown(allowed.context)).toEqual({ outcome: 'passed', rows: [], count: 2 });
  const refused = await cutOver('refuse');
  await expect(oldCode(refused.sql)).rejects.toMatchObject(REFUSED);
  expect(await shown(refused.context)).toEqual({ outcome: 'passed', rows: [], count: 0 });
});

test('refuse: the legacy function that somebody still calls is refused, a plan may change, and a pause changes nothing of it', async () => {
  const { sql, context } = await cutOver('refuse');
  await expect(sql`select creditshift_aside.consume_credits_rpc(${AGENZIA}, 'ai_chat')`).rejects.toMatchObject({
    hint: 'LATE_WRITE',
  });
  await sql`update organization_credits set plan_name = 'premium' where organization_id = ${AGENZIA}`;
  await pause(context);
  await expect(oldCode(sql)).rejects.toMatchObject(REFUSED);
  expect(await legacy(sql)).toEqual([995, 99]);
});

test('refuse: a transaction whose snapshot is older than the cutover is turned away, not let through', async () => {
  const { url, sql } = await freshDatabase();
  const context = contextFor(url, withPolicy('refuse'));
  await migrate(context, { to: 'index' });
  const client = await reserve(sql);
  await client`begin isolation level repeatable read`;
  await client`select count(*) from organizations`;
  await migrate(context);
  const late = client`update organization_credits set credits_remaining = credits_remaining + 1 where organization_id = ${ADMIN}`;
  await expect(late).rejects.toMatchObject({ code: '40001' });
  await client`rollback`;
  client.release();
});

test('before the cutover and after disable the legacy balance is written as ever', async () => {
  const { url, sql } = await freshDatabase();
  const context = contextFor(url, withPolicy('refuse'));
  await migrate(context, { to: 'index' });
  await oldCode(sql);
  await migrate(context);
  await rollback(context, { method: 'disable' });
  await oldCode(sql);
  expect(await legacy(sql)).toEqual([1015, 89]);
});

test('another policy is applied by migrate, and a new cutover begins a new count', async () => {
  const { sql, context } = await cutOver('record');
  await oldCode(sql);
  writeFileSync(context.configPath, withPolicy('refuse'));
  await migrate(context);
  await expect(oldCode(sql)).rejects.toMatchObject({ hint: 'LATE_WRITE' });
  expect((await shown(context)).count).toBe(2);
  await rollback(context, { method: 'disable' });
  await migrate(context);
  expect(await shown(context)).toEqual({ outcome: 'passed', rows: [], count: 0 });
});
