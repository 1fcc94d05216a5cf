import { describe, expect, test } from 'vitest';
import { runChecks } from '../../src/checks/run.ts';
import { openSession } from '../../src/commands/session/session.ts';
import { verify } from '../../src/commands/verify.ts';
import { parseConfig } from '../../src/config/load.ts';
import { connect } from '../../src/database/connect.ts';
import { AGENZIA, contextFor, freshDatabase, guardianYaml, VICTORY } from '../support/guardian.ts';
import { migrateTo } from '../support/migrated.ts';
import { checksOf, foundIn, text, WARNING, WARNINGS } from './found.ts';

test('the journal’s chain does not depend on the settings of who writes or reads it', async () => {
  const { url, sql } = await freshDatabase();
  await migrateTo(sql);
  await sql.begin(async tx => {
    await tx`select set_config('datestyle', 'German', true), set_config('timezone', 'Asia/Tokyo', true)`;
    await tx`select creditshift.record(null, 'note', '{}')`;
  });
  expect(foundIn((await verify(contextFor(url), { only: 'ledger.journal-chain' })).document)).toEqual([]);
});

test('a policy that refuses makes a failure of what is otherwise a warning', async () => {
  const { url, sql } = await freshDatabase();
  const yaml = guardianYaml.replace('withoutCredits: report', 'withoutCredits: refuse');
  await migrateTo(sql, undefined, parseConfig(yaml, 'test.yaml'));
  const { document, exitCode } = await verify(contextFor(url, yaml), { only: WARNING.name });
  expect(foundIn(document)).toMatchObject([{ ...WARNING, severity: 'failure' }]);
  expect(exitCode).toBe(5);
});

test('--severity warning makes a failure of every warning; --severity failure is as ever', async () => {
  const { url, sql } = await freshDatabase();
  await migrateTo(sql);
  const strict = await verify(contextFor(url), { only: WARNING.name, severity: 'warning' });
  expect(strict).toMatchObject({ exitCode: 5 });
  expect(foundIn(strict.document)).toMatchObject([{ ...WARNING, severity: 'failure' }]);
  expect(strict.findings?.results).toEqual(strict.document.checks);
  expect(await verify(contextFor(url), { only: WARNING.name, severity: 'failure' })).toMatchObject({ exitCode: 0 });
});

describe('--only', () => {
  test('takes a group or a check', async () => {
    const { url, sql } = await freshDatabase();
    await migrateTo(sql);
    const names = async (only: string) => checksOf((await verify(contextFor(url), { only })).document).map(c => c.name);
    expect(await names('ledger.equation')).toEqual(['ledger.equation']);
    expect(new Set((await names('legacy')).map(name => name.split('.')[0]))).toEqual(new Set(['legacy']));
  });

  test('that names neither is refused with the list of both', async () => {
    const { url } = await freshDatabase();
    await expect(verify(contextFor(url), { only: 'ledgers' })).rejects.toMatchObject({
      code: 'USAGE',
      details: expect.arrayContaining([expect.stringMatching(/^ledger: ledger\.equation, /)]),
    });
  });

  test('that has no subject in the state says that nothing was checked', async () => {
    const { url } = await freshDatabase();
    const { document, blocks } = await verify(contextFor(url), { only: 'ledger' });
    expect(document.checks).toEqual([]);
    expect(text(blocks)).toMatch(/nothing was checked/);
  });
});

test('credits that organizations have beside their plan are no fault of the functions', async () => {
  const { url, sql } = await freshDatabase();
  await migrateTo(sql);
  await sql`select top_up_credits(organization_id, pool, 500, 'payment of ' || pool) from organization_credits, creditshift.pools`;
  expect(foundIn((await verify(contextFor(url), { only: 'behaviour' })).document)).toEqual([]);
});

test('a failing check ends in exit 5 and shows what it found, how much, and what to do', async () => {
  const { url, sql } = await freshDatabase();
  await sql`insert into public.organizations (id, name, slug) select gen_random_uuid(), 'o' || i, 'o' || i from generate_series(1, 30) as i`;
  await sql`insert into public.organization_credits (organization_id, plan_name) select id, 'starter' from public.organizations where slug like 'o%'`;
  await migrateTo(sql);
  await sql`update public.organization_credits set ai_credits_available = 7 where plan_name = 'starter'`;
  const { document, exitCode, blocks } = await verify(contextFor(url), { only: 'ledger' });
  expect(exitCode).toBe(5);
  expect(foundIn(document)).toMatchObject([{ name: 'ledger.equation', count: 30, outcome: 'failed' }]);
  expect(foundIn(document)[0]?.rows).toHaveLength(20);
  expect(text(blocks)).toMatch(/ai 7, by the ledger 200[\s\S]*… 30 in all\n\s+remedy: .*\n/);
});

test('a check that cannot be made is an error and ends in exit 5, and the others are made', async () => {
  const { url, sql } = await freshDatabase();
  await migrateTo(sql);
  await sql`alter table creditshift.exceptions rename to elsewhere`;
  const { document, exitCode } = await verify(contextFor(url), { only: 'balances' });
  expect(exitCode).toBe(5);
  expect(foundIn(document)).toMatchObject([
    {
      name: 'balances.one-migration-allocation',
      outcome: 'error',
      rows: [expect.stringMatching(/could not be checked: .*exceptions/)],
    },
    WARNING,
    { name: 'balances.no-failed', outcome: 'error' },
    { name: 'balances.no-pending', outcome: 'error' },
  ]);
});

test('rows that row security hides are an error, never a pass', async () => {
  const { sql } = await freshDatabase();
  await migrateTo(sql);
  await sql`grant usage on schema creditshift to service_role, authenticated`;
  await sql`grant select on all tables in schema creditshift to authenticated`;
  await sql`update public.organization_credits set ai_credits_available = 7`;
  const session = await openSession(sql, {} as never, parseConfig(guardianYaml, 'guardian.yaml'));
  const undo = new Error('taken back');
  await sql
    .begin(async tx => {
      await tx`set local role authenticated`;
      const results = await runChecks({ ...session, sql: tx }, { only: 'ledger.equation' });
      expect(results).toMatchObject([{ outcome: 'error', rows: [expect.stringMatching(/row-level security/)] }]);
      throw undo;
    })
    .catch(error => expect(error).toBe(undo));
});

test('who may not become the log’s owner learns that append-only was not tried', async () => {
  const { sql } = await freshDatabase();
  await migrateTo(sql);
  const session = await openSession(sql, {} as never, parseConfig(guardianYaml, 'guardian.yaml'));
  const undo = new Error('taken back');
  await sql
    .begin(async tx => {
      await tx`grant usage on schema creditshift to service_role`;
      await tx`set local session authorization service_role`;
      expect(await runChecks({ ...session, sql: tx }, { only: 'audit.append-only' })).toMatchObject([
        { outcome: 'error', rows: [expect.stringMatching(/permission denied to set role/)] },
      ]);
      throw undo;
    })
    .catch(error => expect(error).toBe(undo));
});

test('roles of the server that come and go meanwhile do not concern who may call', async () => {
  const { url, sql } = await freshDatabase();
  await migrateTo(sql);
  const others = await connect({ url, environment: {} });
  const role = `cs_passing_${process.pid}`;
  const ended = new AbortController();
  const passing = (async () => {
    while (!ended.signal.aborted) {
      await others.sql.unsafe(`create role ${role}`);
      await others.sql.unsafe(`drop role ${role}`);
    }
    await others.sql.end();
  })();
  const session = await openSession(sql, {} as never, parseConfig(guardianYaml, 'guardian.yaml'));
  const outcomes: string[] = [];
  for (let look = 0; look < 40; look++)
    outcomes.push(...(await runChecks(session, { only: 'schema.functions-open' })).map(r => r.outcome));
  ended.abort();
  await passing;
  expect(new Set(outcomes)).toEqual(new Set(['passed']));
});

test('verify stores nothing and spends nobody’s credits, also while charging is paused', async () => {
  const { url, sql } = await freshDatabase();
  await migrateTo(sql);
  await sql`select public.consume_credits_rpc(${AGENZIA}, 'ai_chat')`;
  await sql`update creditshift.control set mode = 'maintenance'`;
  const tables = ['public.organization_credits', 'public.credit_actions', 'public.credit_consumption_logs'].concat(
    'creditshift.control',
    'creditshift.allocations',
    'creditshift.journal',
    'creditshift.exceptions',
    'creditshift.runs',
  );
  const contents = () =>
    Promise.all(tables.map(async t => [...(await sql.unsafe(`select * from ${t} order by 1, 2`))]));
  const before = await contents();
  const { document } = await verify(contextFor(url));
  expect(foundIn(document)).toMatchObject(WARNINGS);
  expect(await contents()).toEqual(before);
});

test('a probe gives way to a charge that is under way', async () => {
  const { url, sql } = await freshDatabase();
  await sql`delete from public.organizations where id = ${VICTORY}`;
  await migrateTo(sql);
  const { sql: client } = await connect({ url, environment: {} });
  await client
    .begin(async tx => {
      await tx`select public.consume_credits_rpc(${AGENZIA}, 'ai_chat')`;
      // Another organization is tried.
      const { document } = await verify(contextFor(url), { only: 'behaviour' });
      expect(foundIn(document)).toEqual([]);
      await tx`select 1 from public.organization_credits for no key update`;
      // Where every row is busy, one is made for the probe and rolled back with it.
      expect(foundIn((await verify(contextFor(url), { only: 'behaviour.exhaustion' })).document)).toEqual([]);
    })
    .finally(() => client.end({ timeout: 1 }));
});
