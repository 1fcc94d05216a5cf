import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rollback } from '../../src/commands/rollback/rollback.ts';
import { newRun } from '../../src/commands/session/run.ts';
import { openSession } from '../../src/commands/session/session.ts';
import { shadow } from '../../src/commands/shadow/shadow.ts';
import { verify } from '../../src/commands/verify.ts';
import { catalogDifference, recordedCatalog } from '../../src/database/catalog.ts';
import { connect, type Sql } from '../../src/database/connect.ts';
import { readState } from '../../src/database/state.ts';
import { undoStep } from '../../src/steps/apply.ts';
import { SHADOW } from '../../src/steps/shadow.ts';
import {
  ADMIN,
  AGENZIA,
  contextFor,
  freshDatabase,
  guardianConfig,
  guardianYaml,
  migrate,
} from '../support/guardian.ts';
import { sharedDatabase } from '../support/migrated.ts';

const LEGACY = 'public.consume_credits_rpc(uuid,text)';

/** Who may call a function, judged by the server for each role. */
const callers = (sql: Sql, signature: string) =>
  sql<{ role: string; may: boolean }[]>`
    select rolname as role, has_function_privilege(oid, ${signature}, 'execute') as may from pg_roles
     where rolname in ('anon', 'authenticated', 'service_role', 'pg_monitor') order by 1`;
const calls = async (sql: Sql) => [
  ...(await sql`select organization, action, quantity::integer, allowed from creditshift.shadow_calls order by call`),
];
const charge = async (sql: Sql, organization: string, action: string) => {
  const [row] = await sql<{ answer: Record<string, unknown> }[]>`
    select public.consume_credits_rpc(${organization}, ${action}) as answer`;
  return row?.answer;
};

test('a shim hands on what the legacy function answers, notes it, and leaves no trace but that', async () => {
  const { url, sql } = await freshDatabase();
  const context = contextFor(url);
  await expect(shadow(context, { install: true })).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
  await sql.unsafe(`comment on function ${LEGACY} is 'spends credits'; grant execute on function ${LEGACY} to anon with grant option;
    revoke execute on function ${LEGACY} from public; grant execute on function ${LEGACY} to authenticated, pg_monitor;
    alter default privileges in schema public grant execute on functions to service_role`);
  const first = await recordedCatalog(sql);
  await migrate(context, { to: 'index' });
  const before = { catalog: await recordedCatalog(sql), callers: await callers(sql, LEGACY) };
  const { sql: session } = await connect({ url, environment: {} }, 'test', 1);
  await session.unsafe('prepare charge as select public.consume_credits_rpc($1::uuid, $2::text) as answer');
  const prepared = async (action: string) =>
    (await session.unsafe(`execute charge('${AGENZIA}', '${action}')`))[0]?.answer as object;
  expect(await prepared('ai_chat')).toEqual({ success: true, credits_consumed: 1, credits_remaining: 98 });

  await shadow(context, { install: true });
  expect(await callers(sql, LEGACY)).toEqual(before.callers);
  expect(await prepared('ai_chat')).toEqual({ success: true, credits_consumed: 1, credits_remaining: 97 });
  await sql`update organization_credits set credits_remaining = 9 where organization_id = ${AGENZIA}`;
  expect(await charge(sql, AGENZIA, 'bulk_email')).toMatchObject({ success: false });
  for (const role of ['anon', 'authenticated']) {
    const answer = await sql.begin(async tx => {
      await tx.unsafe(`set local role ${role}`);
      await expect(
        tx.savepoint(t => t.unsafe(`select creditshift_shadow.note('${AGENZIA}', 'x', '1', 'true')`)),
      ).rejects.toMatchObject({ code: '42501' });
      return charge(tx as unknown as Sql, AGENZIA, 'no such action');
    });
    expect(answer).toMatchObject({ success: true, credits_consumed: 1 });
  }
  await expect(
    sql.begin(tx =>
      tx.unsafe(`set local role service_role; select public.consume_credits_rpc('${AGENZIA}', 'ai_chat')`),
    ),
  ).rejects.toMatchObject({ code: '42501' });
  expect(await calls(sql)).toEqual([
    { organization: AGENZIA, action: 'ai_chat', quantity: 1, allowed: true },
    { organization: AGENZIA, action: 'bulk_email', quantity: 1, allowed: false },
    { organization: AGENZIA, action: 'no such action', quantity: 1, allowed: true },
    { organization: AGENZIA, action: 'no such action', quantity: 1, allowed: true },
  ]);
  expect((await verify(context)).exitCode).toBe(0);

  await sql.unsafe(`grant execute on function ${LEGACY} to public`);
  const failing = (await verify(context, { only: 'legacy.function-in-place' })).document.checks;
  expect(failing).toMatchObject([{ outcome: 'failed', count: 1, rows: [expect.stringContaining('privileges')] }]);

  await shadow(context, { remove: true });
  expect(catalogDifference(before.catalog, await recordedCatalog(sql))).toEqual([]);
  expect(await prepared('ai_chat')).toEqual({ success: true, credits_consumed: 1, credits_remaining: 6 });
  expect(await calls(sql)).toHaveLength(4);

  // Killed before the shim that was taken away is dropped.
  await shadow(context, { install: true });
  const { sql: own, server } = await connect({ url, environment: {} });
  await undoStep(newRun(context, await openSession(own, server, guardianConfig())), SHADOW);
  await own.end();
  expect(await prepared('ai_chat')).toEqual({ success: true, credits_consumed: 1, credits_remaining: 5 });
  await rollback(context, { method: 'drop' });
  expect(catalogDifference(first, await recordedCatalog(sql))).toEqual([]);
  expect((await verify(context)).exitCode).toBe(0);
  await session.end();
});

describe('a call that succeeds without the shim succeeds with it', () => {
  let shared: Awaited<ReturnType<typeof sharedDatabase>>;
  let sql: Sql;
  beforeAll(async () => {
    shared = await sharedDatabase();
    sql = shared.sql;
    // With its caller's rights, and a second one that calls the first.
    await sql.unsafe(`
      create or replace function public.consume_credits_rpc(p_organization_id uuid, p_action_type text) returns json
      language plpgsql as $$ begin
        if p_action_type = 'broken' then perform no_such_function(); end if;
        return json_build_object('success', true, 'caller', current_user, 'path', current_setting('search_path')); end $$;
      create function public.consume_credits_rpc(p_organization_id uuid, p_action_type text, p_many integer) returns json
      language sql as $$ select public.consume_credits_rpc(p_organization_id, p_action_type) $$;
      create function public.consume_credits_rpc(p_person text) returns boolean language sql as $$ select true $$`);
    const context = contextFor(
      shared.url,
      guardianYaml.replace(
        '    answer: documented',
        `    otherOverloads: ["public.consume_credits_rpc(uuid, text, integer)", "public.consume_credits_rpc(text)"]
    quantity: p_many
    answer: documented`,
      ),
    );
    await migrate(context, { to: 'shadow' });
  });
  afterAll(() => shared.drop());

  test('it runs as its caller, with its caller’s search_path, and a call within a call is one', async () => {
    const answers = await sql.begin(async tx => {
      await tx.unsafe(`set local role anon; set local search_path = pg_temp`);
      return tx`select public.consume_credits_rpc(${AGENZIA}, 'ai_chat', 3) as answer`;
    });
    expect(answers[0]?.answer).toEqual({ success: true, caller: 'anon', path: 'pg_temp' });
    expect(await sql`select public.consume_credits_rpc('somebody') as answer`).toMatchObject([{ answer: true }]);
    expect(await calls(sql)).toEqual([{ organization: AGENZIA, action: 'ai_chat', quantity: 3, allowed: true }]);
  });

  test('what cannot be noted is not; a serialization failure is told', async () => {
    const noted = (await calls(sql)).length;
    await sql.begin(async tx => {
      await tx`lock table creditshift.shadow_calls in access exclusive mode`;
      const { sql: other } = await connect({ url: shared.url, environment: {} }, 'test', 1);
      await other.unsafe(`set lock_timeout = '20ms'`);
      expect(await other`select public.consume_credits_rpc(${AGENZIA}, 'ai_chat', 1) as a`).toHaveLength(1);
      await other.end();
    });
    expect(await calls(sql)).toHaveLength(noted);
    await sql.unsafe(`create function refuse() returns trigger language plpgsql as $$ begin
      raise exception 'not now' using errcode = '40001'; end $$;
      create trigger refuse before insert on creditshift.shadow_calls for each row execute function refuse()`);
    await expect(sql`select public.consume_credits_rpc(${AGENZIA}, 'ai_chat', 1)`).rejects.toMatchObject({
      code: '40001',
    });
    await sql`drop function refuse() cascade`;
  });

  test('an error of the legacy function is its own', async () => {
    await expect(sql`select public.consume_credits_rpc(${AGENZIA}, 'broken', 1)`).rejects.toMatchObject({
      code: '42883',
      message: expect.stringContaining('no_such_function'),
    });
  });
});

test('nothing that took the shim’s place, or was built on it, is dropped', async () => {
  const { url, sql } = await freshDatabase();
  const context = contextFor(url);
  await migrate(context, { to: 'index' });
  await shadow(context, { install: true });
  await sql.unsafe(`create view built as select public.consume_credits_rpc('${AGENZIA}', 'ai_chat') as answer`);
  for (let attempt = 0; attempt < 2; attempt++) {
    await expect(shadow(context, { remove: true })).rejects.toMatchObject({ code: 'DEPENDENTS' });
    expect(await sql`select answer ->> 'success' as answer from built`).toMatchObject([{ answer: 'true' }]);
  }
  await sql`drop view built`;
  await shadow(context, { install: true });
  await sql.unsafe(`create or replace function public.consume_credits_rpc(p_organization_id uuid, p_action_type text) returns json
    language sql as $$ select json_build_object('success', true, 'newer', true) $$`);
  await expect(shadow(context, { remove: true })).rejects.toMatchObject({ code: 'LEGACY_CHANGED' });
  await expect(rollback(context, { method: 'drop' })).rejects.toMatchObject({ code: 'LEGACY_CHANGED' });
  await expect(migrate(context)).rejects.toMatchObject({ code: 'LEGACY_CHANGED' });
  expect(await charge(sql, AGENZIA, 'ai_chat')).toEqual({ success: true, newer: true });
});

test('the cutover takes the shim away first; stopped in between, the next one goes on', async () => {
  const { url, sql } = await freshDatabase();
  const before = await recordedCatalog(sql);
  const context = contextFor(url);
  await migrate(context, { to: 'index' });
  await shadow(context, { install: true });
  await charge(sql, AGENZIA, 'ai_chat');
  let stopped = false;
  const stopping = {
    ...context,
    progress: (event: { event: string; step?: string; claim?: string }) => {
      stopped ||= event.event === 'done' && event.step === '017_shadow';
    },
    stopping: () => stopped,
  };
  await expect(migrate(stopping)).rejects.toMatchObject({ code: 'INTERRUPTED' });
  expect(await sql`select to_regnamespace('creditshift_shadow') as left`).toMatchObject([{ left: null }]);
  expect((await readState(sql))?.applied.at(-1)?.step).toBe('080_index');
  await migrate(context);
  expect(await charge(sql, AGENZIA, 'ai_chat')).toMatchObject({ remaining: { ai: 199 } });
  expect(await calls(sql)).toHaveLength(1);
  expect((await verify(context)).exitCode).toBe(0);
  for (const install of [() => shadow(context, { install: true }), () => migrate(context, { to: 'shadow' })])
    await expect(install()).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
  await expect(shadow(context)).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
  const events =
    await sql`select event from creditshift.journal where data ->> 'step' = '017_shadow' order by position`;
  expect(events.map(e => e.event)).toEqual(['step', 'undone']);

  await rollback(context, { method: 'disable' });
  await shadow(context, { install: true });
  await charge(sql, ADMIN, 'ai_chat');
  expect((await shadow(context)).document).toMatchObject({ calls: 1, agreed: 1 });
  expect((await verify(context)).exitCode).toBe(0);
  await rollback(context, { method: 'drop' });
  expect(catalogDifference(before, await recordedCatalog(sql))).toEqual([]);
  expect(await charge(sql, ADMIN, 'ai_chat')).toMatchObject({ success: true, credits_remaining: 993 });
});

test('installed and removed while eight clients charge: no error, every answer as ever, every balance right', async () => {
  const { url, sql } = await freshDatabase();
  const context = contextFor(url);
  await migrate(context, { to: 'index' });
  await sql`
    with added as (insert into organizations (name, slug) select 'O' || n, 'o' || n from generate_series(1, 8) as n returning id)
    insert into organization_credits (organization_id, total_credits, credits_remaining) select id, 100000, 100000 from added`;
  const owners = await sql<{ id: string }[]>`
    select organization_id as id from organization_credits where credits_remaining = 100000`;
  let stopped = false;
  const clients = owners.map(async ({ id }) => {
    const { sql: own } = await connect({ url, environment: {} }, 'client', 1);
    await own.unsafe('prepare charge as select public.consume_credits_rpc($1::uuid, $2::text) as answer');
    let left = 100_000;
    while (!stopped) {
      // A statement of many calls goes on with the function that it began with.
      const rows = [
        ...(await own.unsafe(`execute charge('${id}', 'ai_chat')`)),
        ...(await own.unsafe(
          `select public.consume_credits_rpc('${id}', 'ai_chat') as answer from generate_series(1, 20)`,
        )),
      ];
      for (const row of rows) {
        left -= 1;
        expect(row.answer).toEqual({ success: true, credits_consumed: 1, credits_remaining: left });
      }
    }
    await own.end();
    return { id, left };
  });
  try {
    for (let round = 0; round < 4; round++) {
      await shadow(context, { install: true });
      await shadow(context, { remove: true });
    }
    expect((await calls(sql)).length).toBeGreaterThan(0);
    await shadow(context, { install: true });
    await rollback(context, { method: 'drop' });
  } finally {
    stopped = true;
  }
  const left = await Promise.all(clients);
  const balances = await sql<{ id: string; left: number }[]>`
    select organization_id as id, credits_remaining as left from organization_credits
     where organization_id::text = any (${left.map(l => l.id)}::text[])`;
  expect(new Map(balances.map(b => [b.id, b.left]))).toEqual(new Map(left.map(l => [l.id, l.left])));
});
