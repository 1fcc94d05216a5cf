import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { readCopySet } from '../../src/backup/read.ts';
import { backup } from '../../src/commands/backup/backup.ts';
import { migrate } from '../../src/commands/migrate/migrate.ts';
import { plan } from '../../src/commands/plan/plan.ts';
import { privileges } from '../../src/commands/privileges.ts';
import { type Method, rollback } from '../../src/commands/rollback/rollback.ts';
import type { Context } from '../../src/commands/session/context.ts';
import { shadow } from '../../src/commands/shadow/shadow.ts';
import { verify } from '../../src/commands/verify.ts';
import { catalogDifference, recordedCatalog } from '../../src/database/catalog.ts';
import { connect, type Sql } from '../../src/database/connect.ts';
import type { Need } from '../../src/privileges/needs.ts';
import { checksOf } from '../checks/found.ts';
import { databasesHere } from '../support/databases.ts';
import { contextFor } from '../support/guardian.ts';

const file = (name: string) => readFileSync(join(import.meta.dirname, name), 'utf8');
const yaml = file('users.yaml');

let server: ReturnType<typeof databasesHere>;
beforeAll(() => {
  server = databasesHere();
});
afterAll(() => server.stop());

let counter = 0;
async function database(script: string, config: string): Promise<{ sql: Sql; context: Context }> {
  const url = await server.createDatabase(`cs_made_${process.pid}_${Date.now().toString(36)}_${counter++}`);
  const { sql } = await connect({ url, environment: {} }, 'test');
  onTestFinished(() => sql.end({ timeout: 1 }));
  await sql.unsafe(script);
  return { sql, context: contextFor(url, config) };
}

const CREATE = expect.objectContaining({ step: '018_create' });

/** Every check that does not pass, of those that judge. */
async function failing(context: Context): Promise<string[]> {
  const { document } = await verify(context);
  return checksOf(document)
    .filter(check => check.outcome !== 'passed' && check.outcome !== 'not judged')
    .map(check => check.name);
}

const credits = async (sql: Sql) =>
  (await sql<{ credits: string }[]>`select credits::text as credits from app.users order by email`).map(r => r.credits);

test('a log, a price list and a function are made, used, set aside, used again, and gone without a trace', async () => {
  const { sql, context } = await database(file('users.sql'), yaml);
  const before = await recordedCatalog(sql);
  const way = async (method: Method) => (await rollback(context, { method, reason: 'a test' })).document;
  expect(await failing(context)).toEqual([]);
  expect((await plan(context)).document).toMatchObject({ pending: expect.arrayContaining([CREATE]) });
  await expect(shadow(context)).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
  await expect(shadow(context, { fromLog: true })).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
  await backup(context, { prove: true, server: server.url });

  await migrate(context, { to: 'control' });
  expect(await failing(context)).toEqual([]);
  await migrate(context);
  expect(await failing(context)).toEqual([]);
  expect([
    ...(await sql`
      select app.consume_credits('usr_ada', 'chat', 3)::jsonb - 'entry' as answer
      union all select app.consume_credits(p_organization_id => 'usr_bob', p_action_type => 'mail')::jsonb - 'entry'
      union all select app.consume_credits('usr_bob', 'chat', 100)::jsonb`),
  ]).toEqual([
    { answer: { success: true, consumed: { ai: 3 }, remaining: { ai: 97 } } },
    { answer: { success: true, consumed: { email: 1 }, remaining: { email: 2 } } },
    {
      answer: {
        success: false,
        error: 'Insufficient AI credits',
        required: 100,
        available: 4,
        code: 'INSUFFICIENT_CREDITS',
      },
    },
  ]);
  expect(await failing(context)).toEqual([]);
  expect([...(await sql`select action_type, legacy_cost::integer as cost from app.credit_prices order by 1`)]).toEqual([
    { action_type: 'chat', cost: 2 },
    { action_type: 'mail', cost: 1 },
  ]);
  expect(await reachable(sql)).toEqual([]);

  await way('disable');
  expect(await failing(context)).toEqual([]);
  expect(await credits(sql)).toEqual(['114', '6', '41', '0']);
  expect([
    ...(await sql`select from pg_proc where proname = 'consume_credits' and pronamespace = 'app'::regnamespace`),
  ]).toEqual([]);

  await migrate(context);
  expect(await failing(context)).toEqual([]);
  await sql`select app.consume_credits('usr_cyd', 'chat')`;
  const { dropped } = (await way('drop')) as { dropped: { archive: string; gone: string[] } };
  expect(dropped.gone).toEqual(['"app"."credit_prices"', '"app"."credit_log"']);
  const rows = (await readCopySet(dropped.archive)).files.map(({ table, rows }) => [table, rows]);
  expect(rows).toContainEqual(['"app"."credit_log"', 4]);
  expect(rows).toContainEqual(['"app"."credit_prices"', 2]);
  expect(catalogDifference(before, await recordedCatalog(sql))).toEqual([]);
  expect(await credits(sql)).toEqual(['114', '6', '39', '0']);
});

/** Roles that a default would have let reach the tables that were made, or the sequence. */
const reachable = (sql: Sql) => sql`
  select c.relname, r.rolname from pg_class as c, pg_roles as r
   where c.relnamespace = 'app'::regnamespace and c.relname like 'credit\_%' and c.relkind in ('r', 'S')
     and r.rolname in ('anon', 'authenticated', 'service_role')
     and case c.relkind when 'r' then has_table_privilege(r.oid, c.oid, 'select, insert, update, delete, truncate')
                        else has_sequence_privilege(r.oid, c.oid, 'usage, update') end`;

test('what has the name of a table or function that would be made is never taken over', async () => {
  const { sql, context } = await database(file('users.sql'), yaml);
  await sql.unsafe(`
    create table app.credit_log (id integer);
    create function app.consume_credits(who text) returns integer language sql as 'select 1'`);
  const result = await plan(context);
  expect(result.exitCode).toBe(5);
  const obstacles = (result.document as { obstacles: { code: string; message: string }[] }).obstacles;
  expect(obstacles).toEqual([
    {
      code: 'NAME_TAKEN',
      message: 'there is a table app.credit_log already; name its columns instead of create: true',
    },
    { code: 'NAME_TAKEN', message: 'app.consume_credits(text) is in the way' },
  ]);
});

test('who owns the balances has to be let into the schema, and privileges says how', async () => {
  const { sql, context } = await database(file('users.sql'), yaml);
  const owner = `cs_made_owner_${process.pid}`;
  onTestFinished(() => sql.unsafe(`drop owned by ${owner}; drop role ${owner}`).then(() => {}));
  await sql.unsafe(
    `create role ${owner}; grant usage on schema app to ${owner}; alter table app.users owner to ${owner}`,
  );
  expect((await plan(context)).document).toMatchObject({
    obstacles: [{ code: 'PRIVILEGE_MISSING', message: expect.stringContaining(`CREATE on schema app for ${owner}`) }],
  });
  const { statements } = (await privileges(context)).document as { statements: Need[] };
  const needed = statements.filter(({ role }) => role === owner).map(need => need.sql);
  expect(needed).toEqual([`grant create on schema "app" to "${owner}";`]);
  await sql.unsafe(needed.join());
  expect((await plan(context)).document).toMatchObject({ obstacles: [] });
});

test('restore: legacy values of the backup, charges since replayed, the tables that were made gone', async () => {
  const { sql, context } = await database(file('users.sql'), yaml);
  const before = await recordedCatalog(sql);
  await backup(context, { prove: true, server: server.url });
  await migrate(context);
  await sql`select app.consume_credits('usr_ada', 'chat', 5)`;
  await rollback(context, { method: 'restore' });
  expect(catalogDifference(before, await recordedCatalog(sql))).toEqual([]);
  expect(await credits(sql)).toEqual(['110', '7', '41', '0']);
});

test('keys of type bigint and a balance with six decimals', async () => {
  const { sql, context } = await database(
    file('users.sql')
      .replace('id      text', 'id      bigint')
      .replace('credits integer', 'credits numeric(20, 6)')
      .replace('(id =', '(id::text =')
      .replaceAll(/'usr_(.)..'/g, (_, letter: string) => String('abcd'.indexOf(letter))),
    yaml.replace('legacyCost: 2', 'legacyCost: 0.000125'),
  );
  const before = await recordedCatalog(sql);
  await migrate(context, { withoutBackupProof: true });
  expect(await failing(context)).toEqual([]);
  await sql`select app.consume_credits(0, 'chat', 3)`;
  await rollback(context, { method: 'drop' });
  expect(catalogDifference(before, await recordedCatalog(sql))).toEqual([]);
  expect(await credits(sql)).toEqual(['119.999625', '7.000000', '41.000000', '0.000000']);
});
