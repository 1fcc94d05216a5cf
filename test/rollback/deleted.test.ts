import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { backup } from '../../src/commands/backup/backup.ts';
import { reallocate } from '../../src/commands/reallocate/reallocate.ts';
import { rollback } from '../../src/commands/rollback/rollback.ts';
import { verify } from '../../src/commands/verify.ts';
import type { Sql } from '../../src/database/connect.ts';
import { ADMIN, AGENZIA, contextFor, freshDatabase, guardianYaml, migrate } from '../support/guardian.ts';

const charge = (sql: Sql, organization = AGENZIA) => sql`select consume_credits_rpc(${organization}, 'sms_send')`;
const remove = (sql: Sql) => sql`delete from organization_credits where organization_id = ${AGENZIA}`;
const recreate = (sql: Sql, plan = 'starter') =>
  sql`insert into organization_credits (organization_id, plan_name, credits_remaining) values (${AGENZIA}, ${plan}, 50)`;
const balance = async (sql: Sql) => {
  const [row] = await sql`
    select credits_remaining as legacy, last_sequence as entries, sms_credits_available as sms
      from organization_credits where organization_id = ${AGENZIA}`;
  return row;
};

async function cutOver(yaml = guardianYaml) {
  const { url, sql } = await freshDatabase();
  const context = contextFor(url, yaml);
  await backup(context);
  await migrate(context);
  return { context, sql };
}

test('an organization deleted after it was charged leaves a tombstone: the ledger holds, a rollback lists what it owed', async () => {
  const { context, sql } = await cutOver();
  await charge(sql);
  await charge(sql, ADMIN);
  await remove(sql);
  expect(await verify(context, { only: 'ledger' })).toMatchObject({ exitCode: 0 });
  const { exitCode, document } = await rollback(context, { method: 'disable' });
  expect(exitCode).toBe(0);
  expect(document).toMatchObject({
    settlement: { organizations: 1, charged: '2' },
    unsettleable: [{ organization: AGENZIA, owed: '2', reason: expect.stringMatching(/^deleted by .* \(test\)$/) }],
  });
});

test('what was settled before the deletion is not owed any more', async () => {
  const { context, sql } = await cutOver();
  await charge(sql);
  await rollback(context, { method: 'disable' });
  await migrate(context);
  await charge(sql);
  await charge(sql);
  await remove(sql);
  const { document } = await rollback(context, { method: 'drop' });
  expect(document).toMatchObject({ unsettleable: [{ owed: '4' }] });
});

test('one that was paid for and never charged leaves a tombstone: what it paid is owed to nobody else', async () => {
  const { context, sql } = await cutOver();
  await sql`select top_up_credits(${AGENZIA}::uuid, 'sms', 10, 'pi_1')`;
  await rollback(context, { method: 'disable' });
  await migrate(context);
  await sql`select top_up_credits(${AGENZIA}::uuid, 'sms', 7, 'pi_2')`;
  await remove(sql);
  await recreate(sql);
  expect(await verify(context, { only: 'ledger' })).toMatchObject({ exitCode: 0 });
  await charge(sql);
  const { document, blocks } = await rollback(context, { method: 'disable' });
  expect(document).toMatchObject({ settlement: { charged: '2' }, unsettleable: [{ owed: '-7' }] });
  expect(JSON.stringify(blocks)).toContain('the 7 it had paid for are given to nobody');
  expect(await balance(sql)).toMatchObject({ legacy: 48 });
});

test('a key that comes back pays nothing of what the one before could not', async () => {
  const { context, sql } = await cutOver();
  await sql`select consume_credits_rpc(${AGENZIA}::uuid, 'sms_send', 50)`;
  await sql`update organization_credits set credits_remaining = 0 where organization_id = ${AGENZIA}`;
  await rollback(context, { method: 'disable' });
  await migrate(context);
  await remove(sql);
  await recreate(sql);
  await sql`select top_up_credits(${AGENZIA}::uuid, 'sms', 10, 'pi_1')`;
  await rollback(context, { method: 'disable' });
  expect(await balance(sql)).toMatchObject({ legacy: 60 });
});

test('one that was never charged leaves nothing', async () => {
  const { context, sql } = await cutOver();
  await remove(sql);
  expect([...(await sql`select from creditshift.allocations where organization = ${AGENZIA}`)]).toEqual([]);
  expect(await rollback(context, { method: 'disable' })).toMatchObject({ document: { unsettleable: [] } });
});

test('a key that comes back goes on with its numbers, has its plan’s pools, and pays only for its own charges', async () => {
  const { context, sql } = await cutOver();
  await charge(sql);
  await remove(sql);
  await recreate(sql);
  expect(await balance(sql)).toEqual({ legacy: 50, entries: 4, sms: 50 });
  await charge(sql);
  expect(await verify(context)).toMatchObject({ exitCode: 0 });
  await rollback(context, { method: 'disable' });
  expect(await balance(sql)).toEqual({ legacy: 48, entries: 5, sms: 49 });
});

test('a key that comes back without pools gets them with a plan', async () => {
  const yaml = guardianYaml.replace(/^.*0002: starter\n/m, '');
  const { url, sql } = await freshDatabase();
  await sql`update organization_credits set plan_name = 'starter' where organization_id = ${AGENZIA}`;
  const context = contextFor(url, yaml);
  await migrate(context);
  await charge(sql);
  await remove(sql);
  await recreate(sql, 'free');
  expect(await balance(sql)).toEqual({ legacy: 50, entries: 3, sms: 0 });
  expect(await verify(context)).toMatchObject({ exitCode: 0 });
  await sql`update organization_credits set plan_name = 'starter' where organization_id = ${AGENZIA}`;
  await reallocate(context);
  expect(await balance(sql)).toEqual({ legacy: 50, entries: 4, sms: 50 });
});

test('a pool that is added later is not granted to who is gone', async () => {
  const { context, sql } = await cutOver(
    guardianYaml.replace(/^.*0002: starter\n/m, '').replace('free: skip', 'free: starter'),
  );
  await charge(sql);
  await remove(sql);
  const fifth = readFileSync(context.configPath, 'utf8')
    .replace(/(\n {2}sms: +\{ label: SMS.*\n)/, '$1  voice: { label: Voice, purpose: Voice calls, provider: Twilio }\n')
    .replaceAll('sms: 0.05 }', 'sms: 0.05, voice: 0.1 }')
    .replaceAll('sms: 0.08 }', 'sms: 0.08, voice: 0.2 }');
  writeFileSync(context.configPath, fifth);
  await migrate(context);
  expect(await verify(context, { only: 'ledger' })).toMatchObject({ exitCode: 0 });
});

test('restore goes back from before the log was expanded', async () => {
  const { url, sql } = await freshDatabase();
  const context = contextFor(url);
  await backup(context);
  await migrate(context, { to: 'control' });
  await sql`update organization_credits set credits_remaining = 7 where organization_id = ${AGENZIA}`;
  await rollback(context, { method: 'restore', balances: 'backup' });
  const [row] =
    await sql`select credits_remaining as legacy from organization_credits where organization_id = ${AGENZIA}`;
  expect(row).toEqual({ legacy: 99 });
});
