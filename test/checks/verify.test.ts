import { describe, expect, test } from 'vitest';
import { runChecks } from '../../src/checks/run.ts';
import { rollback } from '../../src/commands/rollback.ts';
import { openSession } from '../../src/commands/session.ts';
import { verify } from '../../src/commands/verify.ts';
import { parseConfig } from '../../src/config/load.ts';
import { connect, type Sql } from '../../src/database/connect.ts';
import { takeLease } from '../../src/database/lease.ts';
import { readState } from '../../src/database/state.ts';
import { migrateUp, stepsTo } from '../../src/migrator.ts';
import { STEPS } from '../../src/steps/all.ts';
import { undoStep } from '../../src/steps/apply.ts';
import { AGENZIA, contextFor, freshDatabase, guardianYaml, migrate, VICTORY } from '../support/guardian.ts';
import { migrateTo } from '../support/migrated.ts';

interface Shown {
  name: string;
  group: string;
  outcome: string;
  severity: string;
  rows: string[];
}

const checksOf = (document: Record<string, unknown>) => document.checks as Shown[];
const foundIn = (document: Record<string, unknown>) => checksOf(document).filter(c => c.outcome !== 'passed');
/** Absolute Victory has no balance row: Guardian's one warning. */
const WARNING = { name: 'balances.organizations-without-credits', outcome: 'failed', severity: 'warning' };
const text = (blocks: readonly object[]) => blocks.map(b => ('text' in b ? b.text : '')).join('\n');

async function applySteps(sql: Sql, to: string, dropLegacy = false): Promise<void> {
  const run = await migrateTo(sql);
  run.lease = await takeLease(sql, 'test');
  await migrateUp(run, stepsTo(to, dropLegacy));
  await run.lease.release();
}

describe('the state decides which checks are run, and a clean database of each state passes', () => {
  test('unmigrated, and dropped where an archive is known', async () => {
    const { url } = await freshDatabase();
    const context = contextFor(url);
    const { document, exitCode } = await verify(context);
    expect(document.state).toBe('unmigrated');
    expect(checksOf(document).map(c => c.name)).toEqual(['schema.nothing-left']);
    expect(exitCode).toBe(0);
    await migrate(context);
    await rollback(context, { method: 'drop' });
    expect((await verify(context)).document.state).toBe('dropped');
  });

  test('a database without any organization: the functions are tried on one made for it', async () => {
    const { url, sql } = await freshDatabase();
    await sql.unsafe('truncate public.organizations, public.organization_credits cascade');
    const context = contextFor(url);
    await migrate(context);
    expect((await verify(context)).exitCode).toBe(0);
  });

  test('cut over: every group is run, with one warning', async () => {
    const { url, sql } = await freshDatabase();
    await migrateTo(sql);
    const { document, exitCode, blocks } = await verify(contextFor(url));
    expect(document.state).toBe('cut over');
    expect(foundIn(document)).toMatchObject([WARNING]);
    expect([...new Set(checksOf(document).map(c => c.group))]).toEqual([
      'schema',
      'balances',
      'ledger',
      'behaviour',
      'legacy',
    ]);
    expect(text(blocks)).toMatch(/(\d+) of \d+ checks passed, 1 warning$/);
    expect(exitCode).toBe(0);
  });

  test('disabled: the legacy function is in place, and nobody can call the new ones', async () => {
    const { url, sql } = await freshDatabase();
    const run = await migrateTo(sql);
    const cutover = STEPS.find(step => step.name === '090_cutover');
    if (cutover) await undoStep(run, cutover);
    const { document } = await verify(contextFor(url));
    expect(document.state).toBe('disabled');
    expect(foundIn(document)).toMatchObject([WARNING]);
    expect(checksOf(document).map(c => c.name)).toEqual(
      expect.arrayContaining(['schema.functions-closed', 'legacy.function-in-place', 'ledger.equation']),
    );
    expect(checksOf(document).map(c => c.group)).not.toContain('behaviour');
  });

  test('contracted, with the legacy columns renamed and then dropped', async () => {
    const { url, sql } = await freshDatabase();
    await applySteps(sql, '100_contract');
    const retired = (await verify(contextFor(url))).document;
    expect(retired.state).toBe('contracted');
    expect(foundIn(retired)).toMatchObject([WARNING]);
    expect(checksOf(retired).map(c => c.name)).toContain('legacy.balance-accounted');

    const dropped = await freshDatabase();
    await applySteps(dropped.sql, '110_drop_legacy', true);
    const { document } = await verify(contextFor(dropped.url));
    expect(foundIn(document)).toMatchObject([WARNING]);
    expect(checksOf(document).map(c => c.name)).not.toContain('legacy.balance-accounted');
  });

  test('other pools, types, plans and answers than the reference', async () => {
    const yaml = guardianYaml
      .replace('poolType: integer', 'poolType: bigint')
      .replace('indexes: default', 'indexes: documented')
      .replace('answer: documented', 'answer: compatible')
      .replace('000000000002: starter', '000000000002: custom')
      .replace('pools: { ai: 2 } }', 'pools: { ai: 2, email: 1 } }');
    const { url, sql } = await freshDatabase();
    await migrateTo(sql, undefined, parseConfig(yaml, 'test.yaml'));
    const { document } = await verify(contextFor(url, yaml));
    expect(foundIn(document)).toMatchObject([WARNING]);
  });
});

test('a later revision with a new pool and a changed plan: who was allocated before keeps what was given', async () => {
  const { url } = await freshDatabase();
  await migrate(contextFor(url));
  const yaml = guardianYaml
    .replace('\ncatalogue:', '  voice: { label: Voice }\n\ncatalogue:')
    .replace('sms: 0.05 }', 'sms: 0.05, voice: 0.1 }')
    .replace('sms: 0.08 }', 'sms: 0.08, voice: 0.1 }')
    .replace('grant: { ai: 200,', 'grant: { voice: 7, ai: 250,');
  await migrate(contextFor(url, yaml));
  const { document } = await verify(contextFor(url, yaml));
  expect(foundIn(document)).toMatchObject([WARNING]);
});

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

test('what a step establishes holds right after it', async () => {
  const { sql } = await freshDatabase();
  const established: string[] = [];
  const run = await migrateTo(sql, '010_control');
  run.lease = await takeLease(sql, 'test');
  for (const step of STEPS.filter(s => !s.onlyByName)) {
    await migrateUp(run, stepsTo(step.name));
    // As migrate does it: with the model that the run began with.
    const results = await runChecks(
      { sql, model: run.model, state: await readState(sql), config: run.config },
      { step: step.name },
    );
    expect(results.filter(r => r.outcome !== 'passed' && r.severity === 'failure')).toEqual([]);
    established.push(...results.map(r => r.name));
  }
  await run.lease.release();
  expect(established).toEqual(
    expect.arrayContaining(['schema.balance-columns', 'behaviour.actions-charge', 'schema.functions-open']),
  );
  expect(new Set(established).size).toBe(established.length);
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
  expect(foundIn(document)).toMatchObject([WARNING]);
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
