import { randomUUID } from 'node:crypto';
import { expect, inject, onTestFinished, test } from 'vitest';
import { recordedCatalog } from '../../src/database/catalog.ts';
import { connect, type Sql } from '../../src/database/connect.ts';
import { creditshift, workFolder } from '../cli/creditshift.ts';
import { AGENZIA, freshDatabase, guardianYaml } from '../support/guardian.ts';

const PASSWORD = randomUUID();
const MEMBER = '00000000-0000-0000-0000-0000000000a2';

/** A login without superuser that has what the README asks for, and Guardian's database as it sees it. */
async function ownedDatabase() {
  const role = `cs_owner_${process.pid}_${Date.now().toString(36)}`;
  const { sql: admin } = await connect({ url: inject('adminUrl'), environment: {} });
  await admin.unsafe(`create role ${role} login password '${PASSWORD}'`);
  onTestFinished(async () => {
    await admin.unsafe(`drop role ${role}`);
    await admin.end();
  });
  const { url, sql } = await freshDatabase();
  onTestFinished(
    async () => void (await sql.unsafe(`reassign owned by ${role} to current_user; drop owned by ${role}`)),
  );
  await sql.unsafe(`
    grant create on database ${new URL(url).pathname.slice(1)} to ${role};
    grant usage, create on schema public to ${role};
    grant usage on schema auth to ${role};
    alter table organizations owner to ${role};
    alter table organization_credits owner to ${role};
    alter table credit_actions owner to ${role};
    alter table credit_consumption_logs owner to ${role};
    alter function consume_credits_rpc(uuid, text) owner to ${role}`);
  const own = new URL(url);
  own.username = role;
  own.password = PASSWORD;
  const folder = workFolder(guardianYaml);
  return { sql, role, run: (...args: string[]) => creditshift(args, folder, own.href) };
}

/** A charge by a member of the organization, as the application's gateway makes it. */
async function chargeAsMember(sql: Sql): Promise<unknown> {
  return sql.begin(async tx => {
    await tx`select set_config('request.jwt.claims', ${JSON.stringify({ sub: MEMBER })}, true)`;
    await tx`set local role authenticated`;
    const [row] = await tx`select consume_credits_rpc(${AGENZIA}, 'ai_chat', p_user_id => ${MEMBER}) as answer`;
    return row?.answer;
  });
}

test('an owner without superuser migrates, proves it, and takes it back', async () => {
  const { sql, role, run } = await ownedDatabase();
  await sql.unsafe(`grant select on profiles to ${role}; grant anon, authenticated, service_role to ${role}`);
  const before = await recordedCatalog(sql);
  const shadow = ['migrate --to control', 'shadow --install', 'shadow'];
  for (const args of [
    'inspect',
    'plan',
    'backup',
    ...shadow,
    'migrate',
    'verify',
    'report completion',
    'report status',
    'status',
  ])
    expect(await run(...args.split(' ')), args).toMatchObject({ code: 0 });
  expect(await chargeAsMember(sql)).toMatchObject({ success: true, remaining: { ai: 199 } });
  expect(await run('audit', 'anonymize', '--yes', '--user', MEMBER)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('in 1 row of the log'),
  });
  expect(await run('rollback', '--yes', '--method', 'drop')).toMatchObject({ code: 0 });
  expect(await recordedCatalog(sql)).toEqual(before);
});

test('an owner who may not read who is a member of what is told so before anything has begun', async () => {
  const { sql, role, run } = await ownedDatabase();
  expect(await run('migrate')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(`SELECT on "public"."profiles" for ${role}`),
  });
  const [row] = await sql`select to_regnamespace('creditshift') as schema`;
  expect(row).toEqual({ schema: null });
});
