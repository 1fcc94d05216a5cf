import { describe, expect, test } from 'vitest';
import { runChecks } from '../../src/checks/run.ts';
import { rollback } from '../../src/commands/rollback/rollback.ts';
import { verify } from '../../src/commands/verify.ts';
import { parseConfig } from '../../src/config/load.ts';
import type { Sql } from '../../src/database/connect.ts';
import { takeLease } from '../../src/database/lease.ts';
import { readState } from '../../src/database/state.ts';
import { migrateUp, stepsTo } from '../../src/migrator.ts';
import { STEPS } from '../../src/steps/all.ts';
import { undoStep } from '../../src/steps/apply.ts';
import { neededOf } from '../../src/steps/step.ts';
import { contextFor, freshDatabase, guardianYaml, migrate } from '../support/guardian.ts';
import { migrateTo } from '../support/migrated.ts';
import { checksOf, foundIn, LEGACY_WARNINGS, notJudgedIn, text, WARNINGS } from './found.ts';

async function applySteps(sql: Sql, to: string, dropLegacy = false): Promise<void> {
  const run = await migrateTo(sql);
  run.lease = await takeLease(sql, 'test');
  await migrateUp(run, neededOf(stepsTo(to, dropLegacy), run.model));
  await run.lease.release();
}

describe('the state decides which checks are run, and a clean database of each state passes', () => {
  test('unmigrated, and dropped where an archive is known', async () => {
    const { url } = await freshDatabase();
    const context = contextFor(url);
    const { document, exitCode } = await verify(context);
    expect(document.state).toBe('unmigrated');
    expect(checksOf(document).map(c => c.name)).toEqual(['schema.nothing-left', 'security.reach']);
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

  test('cut over: every group is run, with five warnings; without a baseline and statistics nothing is judged', async () => {
    const { url, sql } = await freshDatabase();
    await migrateTo(sql);
    const { document, exitCode, blocks } = await verify(contextFor(url));
    expect(document.state).toBe('cut over');
    expect(foundIn(document)).toMatchObject(WARNINGS);
    expect([...new Set(checksOf(document).map(c => c.group))]).toEqual([
      'schema',
      'balances',
      'ledger',
      'behaviour',
      'audit',
      'privacy',
      'legacy',
      'security',
      'performance',
    ]);
    expect(notJudgedIn(document)).toEqual([
      'performance.charge',
      'performance.balance-query',
      'performance.log-insert',
      'performance.row-security-read',
      'performance.unused-indexes',
      'performance.hot-updates',
    ]);
    expect(text(blocks)).toMatch(/\d+ of \d+ checks passed, 5 warnings, 6 not judged$/);
    expect(exitCode).toBe(0);
  });

  test('disabled: the legacy function is in place, and nobody can call the new ones', async () => {
    const { url, sql } = await freshDatabase();
    const run = await migrateTo(sql);
    const cutover = STEPS.find(step => step.name === '090_cutover');
    if (cutover) await undoStep(run, cutover);
    const { document } = await verify(contextFor(url));
    expect(document.state).toBe('disabled');
    expect(foundIn(document)).toMatchObject(LEGACY_WARNINGS);
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
    expect(foundIn(retired)).toMatchObject(WARNINGS);
    expect(checksOf(retired).map(c => c.name)).toContain('legacy.balance-accounted');

    const dropped = await freshDatabase();
    await applySteps(dropped.sql, '110_drop_legacy', true);
    const { document } = await verify(contextFor(dropped.url));
    expect(foundIn(document)).toMatchObject(WARNINGS);
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
    expect(foundIn(document)).toMatchObject(WARNINGS);
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
  expect(foundIn(document)).toMatchObject(WARNINGS);
});

test('what a step establishes holds right after it', async () => {
  const { sql } = await freshDatabase();
  const established: string[] = [];
  const run = await migrateTo(sql, '010_control');
  run.lease = await takeLease(sql, 'test');
  for (const step of STEPS.filter(s => !s.onlyByName && !s.optional)) {
    await migrateUp(run, neededOf(stepsTo(step.name), run.model));
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
