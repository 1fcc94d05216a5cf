import { expect, onTestFinished, test } from 'vitest';
import { rollback } from '../../src/commands/rollback/rollback.ts';
import { AGENZIA, contextFor, freshDatabase, guardianYaml, migrate } from '../support/guardian.ts';

test('a superuser migrates tables of another owner, and decimals are settled and told exactly', async () => {
  const { url, sql } = await freshDatabase();
  const role = `app_${process.pid}_${Date.now()}`;
  await sql.unsafe(`
    create role ${role};
    alter table organization_credits alter credits_remaining type numeric(12, 2);
    alter table credit_actions alter credits_cost type numeric(12, 2);
    update credit_actions set credits_cost = 0.75 where action_type = 'ai_chat';
    alter table organization_credits owner to ${role};
    alter table credit_actions owner to ${role};
    alter table credit_consumption_logs owner to ${role};
    grant usage on schema auth to ${role};
    grant usage, create on schema public to ${role};
    grant select on profiles, organizations to ${role}`);
  onTestFinished(async () => {
    await sql.unsafe(`reassign owned by ${role} to current_user; drop owned by ${role}; drop role ${role}`);
  });
  const context = contextFor(url, guardianYaml.replace('{ legacyCost: 1,  pools: { ai: 1 } }', '{ pools: { ai: 1 } }'));
  await migrate(context);
  await sql`select consume_credits_rpc(${AGENZIA}, 'ai_chat'), consume_credits_rpc(${AGENZIA}, 'ai_chat')`;
  await sql`select consume_credits_rpc(${AGENZIA}, 'ai_chat', 3)`;
  await sql`select reverse_credits(${AGENZIA}, 4, 1)`;
  const { exitCode, document } = await rollback(context, { method: 'drop' });
  expect(exitCode).toBe(0);
  expect(document.settlement).toEqual({ organizations: 1, charged: '3', short: [] });
  const [row] = await sql`select credits_remaining::text as balance from organization_credits
                           where organization_id = ${AGENZIA}`;
  expect(row).toEqual({ balance: '96.00' });
});

test('a legacy function of an owner whose role one is not in is named before anything is written', async () => {
  const { url, sql } = await freshDatabase();
  const [app, other] = [`app_${process.pid}_${Date.now()}`, `other_${process.pid}_${Date.now()}`];
  await sql.unsafe(`create role ${app} login password 'x'; create role ${other}`);
  onTestFinished(async () => {
    await sql.unsafe(
      `reassign owned by ${app}, ${other} to current_user; drop owned by ${app}, ${other}; drop role ${app}, ${other}`,
    );
  });
  const [{ name }] = await sql<[{ name: string }]>`select current_database() as name`;
  await sql.unsafe(`
    alter table organization_credits owner to ${app};
    alter table credit_actions owner to ${app};
    alter table credit_consumption_logs owner to ${app};
    grant create on database ${name} to ${app};
    grant usage, create on schema public to ${app};
    grant usage on schema auth to ${app};
    grant select on profiles, organizations to ${app};
    alter table organizations disable row level security;
    alter function consume_credits_rpc owner to ${other}`);
  const mine = new URL(url);
  Object.assign(mine, { username: app, password: 'x' });
  await expect(migrate(contextFor(mine.href))).rejects.toMatchObject({
    code: 'PRIVILEGE_MISSING',
    details: [`PRIVILEGE_MISSING: membership in ${other}, the owner of the legacy function`],
  });
  expect([...(await sql`select to_regnamespace('creditshift') as schema`)]).toEqual([{ schema: null }]);
});
