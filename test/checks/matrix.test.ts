import { expect, test } from 'vitest';
import { rollback } from '../../src/commands/rollback/rollback.ts';
import { verify } from '../../src/commands/verify.ts';
import { catalogDifference, recordedCatalog } from '../../src/database/catalog.ts';
import { connect, type Sql } from '../../src/database/connect.ts';
import { ADMIN, AGENZIA, contextFor, freshDatabase, guardianYaml, migrate } from '../support/guardian.ts';
import { foundIn, type Shown } from './found.ts';

/** What a check of security found, `role may …` without what closes it. */
async function holes(context: Parameters<typeof verify>[0], name = 'security.reach'): Promise<string[]> {
  const { document } = await verify(context, { only: name });
  return (document.checks as Shown[]).flatMap(check => check.rows.map(row => row.replace(/(: | \(as before).*$/, '')));
}

const GUARDIAN = [
  'anon may call public.consume_credits_rpc for any tenant',
  'anon may delete, insert, truncate, update public.credit_actions',
  'anon may truncate public.credit_consumption_logs',
  'anon may truncate public.organization_credits',
  'authenticated may call public.consume_credits_rpc for any tenant',
  'authenticated may delete, insert, truncate, update public.credit_actions',
  'authenticated may select other tenants’ rows of public.organization_credits',
  'authenticated may truncate public.credit_consumption_logs',
  'authenticated may truncate public.organization_credits',
];
/** The cutover puts functions with a caller's check in place, and nobody truncates the log any more. */
const LEFT = GUARDIAN.filter(line => !/ call | truncate public.credit_consumption_logs/.test(line));

/** Runs a statement as a signed-in user of Agenzia, and says how many rows it reached, or the SQLSTATE. */
async function asUser(sql: Sql, statement: string): Promise<number | string> {
  const undo = new Error('undone');
  let found: number | string = 0;
  await sql
    .begin(async tx => {
      await tx`select set_config('role', 'authenticated', true), set_config('request.jwt.claims',
                 '{"sub": "00000000-0000-0000-0000-0000000000a2", "role": "authenticated"}', true)`;
      found = (await tx.unsafe(statement)).length;
      throw undo;
    })
    .catch(error => {
      if (error !== undo) found = (error as { code: string }).code;
    });
  return found;
}

test('every hole of Guardian is named before, none is opened, harden closes all, and a rollback puts back what was', async () => {
  const { url, sql } = await freshDatabase();
  const context = contextFor(url);
  const original = await recordedCatalog(sql);
  expect(await holes(context)).toEqual(GUARDIAN);
  await migrate(context, { to: 'control' });
  expect((await verify(context, { only: 'security' })).exitCode).toBe(0);

  await migrate(context);
  expect(await holes(context)).toEqual(LEFT);
  const migrated = await verify(context, { only: 'security' });
  expect(migrated.exitCode).toBe(0);
  expect(foundIn(migrated.document).map(check => check.severity)).toEqual(['warning', 'warning', 'warning']);
  expect((await verify(context, { only: 'security', severity: 'warning' })).exitCode).toBe(5);

  await migrate(context, { to: 'harden' });
  expect(foundIn((await verify(context, { only: 'security' })).document)).toEqual([]);
  const own = await sql<{ count: number }[]>`
    select count(*)::integer as count from public.organization_credits where organization_id = ${AGENZIA}`;
  expect(own[0]?.count).toBe(1);
  expect(await asUser(sql, 'select * from public.organization_credits')).toBe(1);
  expect(await asUser(sql, 'select * from public.organization_credit_summary')).toBe(1);
  expect(await asUser(sql, 'select * from public.credit_actions')).toBe(8);
  expect(await asUser(sql, `select public.consume_credits_rpc('${AGENZIA}', 'ai_chat')`)).toBe(1);
  expect(await asUser(sql, `select public.consume_credits_rpc('${ADMIN}', 'ai_chat')`)).toBe('42501');
  expect(await asUser(sql, `update public.credit_actions set credits_cost = 0`)).toBe('42501');

  await rollback(context, { method: 'disable' });
  expect(await holes(context)).toEqual(
    GUARDIAN.filter(line => !line.endsWith('truncate public.credit_consumption_logs')),
  );
  await migrate(context, { to: 'harden' });
  await rollback(context, { method: 'drop' });
  expect(catalogDifference(original, await recordedCatalog(sql))).toEqual([]);
});

test('harden leaves other roles their way in, and its inverse every grant and policy as it was', async () => {
  const { url, sql } = await freshDatabase();
  await sql.unsafe(`
    create role odd_report; create role "Odd Role" nologin; grant usage on schema auth to odd_report;
    grant select on public.organization_credits, public.credit_consumption_logs to odd_report;
    grant select (id, action_type) on public.credit_consumption_logs to "Odd Role" with grant option;
    grant update (credits_remaining) on public.organization_credits to authenticated with grant option;
    grant insert on public.credit_actions to public;
    alter table public.credit_consumption_logs disable row level security;
    create policy all_of_it on public.organization_credits to odd_report, authenticated using (true) with check (true);
    create policy own_only on public.organization_credits for select to authenticated
      using (organization_id in (select organization_id from public.profiles where id = auth.uid()))`);
  try {
    const context = contextFor(
      url,
      guardianYaml.replace('hooks:', 'hooks:').concat('\nsecurity: { roles: [odd_report] }\n'),
    );
    await migrate(context);
    const before = await recordedCatalog(sql);
    await migrate(context, { to: 'harden' });
    expect(foundIn((await verify(context, { only: 'security' })).document)).toEqual([]);
    const [seen] = await sql.begin(async tx => {
      await tx`set local role odd_report`;
      return tx<{ balances: number; log: number }[]>`
        select (select count(*)::integer from public.organization_credits) as balances,
               (select count(*)::integer from public.credit_consumption_logs) as log`;
    });
    expect(seen).toEqual({ balances: 2, log: 0 });
    await rollback(context, { method: 'disable' });
    await migrate(context);
    expect(catalogDifference(before, await recordedCatalog(sql))).toEqual([]);
  } finally {
    await sql.unsafe('drop owned by odd_report, "Odd Role"; drop role odd_report, "Odd Role"');
  }
});

test('who may not take a role gets an error that says which, and a pass once it may', async () => {
  const { url, sql } = await freshDatabase();
  const database = (await sql<{ name: string }[]>`select current_database() as name`)[0]?.name ?? '';
  await sql.unsafe(`
    create role matrix_dba login superuser password 'x';
    alter role matrix_dba nosuperuser bypassrls;
    grant all on schema public, auth to matrix_dba; grant create on database "${database}" to matrix_dba;
    do $$ declare r record; begin
      for r in select c.oid::regclass as name from pg_class as c where relnamespace = 'public'::regnamespace and relkind = 'r' loop
        execute format('alter table %s owner to matrix_dba', r.name);
      end loop;
    end $$;
    grant select on auth.users to matrix_dba;
    alter function public.consume_credits_rpc(uuid, text) owner to matrix_dba`);
  const own = new URL(url);
  own.username = 'matrix_dba';
  own.password = 'x';
  try {
    const context = contextFor(own.href);
    const result = await verify(context, { only: 'security.reach' });
    const [check] = result.document.checks as Shown[];
    expect(result.exitCode).toBe(5);
    expect(check).toMatchObject({ outcome: 'error' });
    expect(check?.rows.join()).toMatch(
      /not tried: authenticated, select .*permission denied to set role "authenticated"/,
    );
    await sql`grant anon, authenticated, service_role to matrix_dba`;
    expect((await verify(context, { only: 'security.reach' })).exitCode).toBe(0);
  } finally {
    await sql.unsafe('reassign owned by matrix_dba to current_user; drop owned by matrix_dba; drop role matrix_dba');
  }
});

test('a row that a client holds is tried again, and no pass while it is held', async () => {
  const { url } = await freshDatabase();
  const { sql: client } = await connect({ url, environment: {} }, 'client');
  const context = contextFor(url);
  await migrate(context);
  const done = new Error('let go');
  await client
    .begin(async tx => {
      await tx`select from public.organization_credits for update`;
      const result = await verify(context, { only: 'security.access' });
      expect(result.document.checks).toMatchObject([{ outcome: 'error' }]);
      const { rows } = ((await verify(context, { only: 'security.reach' })).document.checks as Shown[])[0] as Shown;
      expect(rows.filter(row => row.endsWith('its row was locked')).length).toBeGreaterThan(0);
      throw done;
    })
    .catch(error => {
      if (error !== done) throw error;
    });
  await client.end({ timeout: 1 });
  expect((await verify(context, { only: 'security.reach' })).exitCode).toBe(0);
});

test('policies that ask for each other without end are told, and are no pass', async () => {
  const { url, sql } = await freshDatabase();
  await sql.unsafe(`
    create policy loops on public.credit_consumption_logs for select using (
      organization_id in (select organization_id from public.credit_consumption_logs))`);
  const context = contextFor(url);
  await migrate(context);
  const { document, exitCode } = await verify(context, { only: 'security.reach' });
  expect((document.checks as Shown[])[0]?.rows.join('\n')).toMatch(
    /not tried: authenticated, select .*credit_consumption_logs": its policies ask for each other without end/,
  );
  expect(exitCode).toBe(0);
});

test('what was open to users of another organization is no news when there are no users any more', async () => {
  const { url, sql } = await freshDatabase();
  const context = contextFor(url);
  await migrate(context);
  await sql`update public.profiles set organization_id = null`;
  const { document, exitCode } = await verify(context, { only: 'security.reach' });
  expect((document.checks as Shown[])[0]?.rows).toContain(
    'not tried: own rows: no organization with a balance has a user',
  );
  expect(exitCode).toBe(0);
});
