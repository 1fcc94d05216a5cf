import { afterAll, beforeAll, expect, test } from 'vitest';
import { reportRehearsal } from '../../src/commands/dry-run/report.ts';
import { inspect } from '../../src/commands/inspect.ts';
import { plan } from '../../src/commands/plan/plan.ts';
import { preflight } from '../../src/commands/preflight/preflight.ts';
import { renderJunit } from '../../src/output/junit.ts';
import type { Result } from '../../src/output/types.ts';
import { CRITERIA } from '../../src/preflight/all.ts';
import { contextFor, guardianYaml } from '../support/guardian.ts';
import { sharedDatabase } from '../support/migrated.ts';

let shared: Awaited<ReturnType<typeof sharedDatabase>>;
beforeAll(async () => {
  shared = await sharedDatabase();
});
afterAll(() => shared.drop());

const unknownPlan = guardianYaml
  .replace('free: skip', 'gratis: skip')
  .replace(/^ {2}organizations:.*\n(?: {4}.*\n)+/m, '');
const results = ({ findings }: Result) => findings?.results ?? [];
const names = (result: Result) => results(result).map(finding => finding.name);
/** `name severity` of what did not pass. */
const found = (result: Result) =>
  results(result)
    .filter(finding => finding.outcome !== 'passed')
    .map(finding => `${finding.name} ${finding.severity}`);

test('plan and inspect have the same findings by name whatever is there, and each conflict under its own', async () => {
  const clean = await plan(contextFor(shared.url));
  expect(clean).toMatchObject({ exitCode: 0 });
  expect(found(clean)).toEqual(['plan.assignment-contradicts warning', 'plan.without-credits warning']);
  const blocked = await plan(contextFor(shared.url, unknownPlan));
  expect(blocked).toMatchObject({ exitCode: 5, findings: { summary: { tone: 'bad' } } });
  expect(found(blocked)).toEqual(['plan.unknown-plan failure', 'plan.without-credits warning']);
  expect(names(blocked)).toEqual(names(clean));
  expect(new Set(names(clean)).size).toBe(names(clean).length);
  expect(renderJunit(results(blocked))).toContain(
    '<testcase classname="creditshift.plan" name="plan.unknown-plan"><failure',
  );

  const analysed = await inspect(contextFor(shared.url));
  expect(found(analysed)).toContain('inspect.public-function warning');
  expect(names(await inspect(contextFor(shared.url, unknownPlan)))).toEqual(names(analysed));
});

test('--severity warning: what is to be looked at blocks plan and preflight', async () => {
  expect(await plan(contextFor(shared.url), { severity: 'warning' })).toMatchObject({ exitCode: 5 });
  const lenient = await preflight(contextFor(shared.url));
  const looked = ['tables.duplicate-indexes', 'plan.conflicts', 'proof.backup', 'proof.rehearsal', 'proof.baseline'];
  expect(found(lenient)).toEqual(looked.map(name => `${name} ${name === 'proof.backup' ? 'failure' : 'warning'}`));
  expect(names(lenient)).toEqual(CRITERIA.filter(criterion => !criterion.asked).map(criterion => criterion.name));
  const strict = await preflight(contextFor(shared.url), { severity: 'warning' });
  expect(found(strict)).toEqual(looked.map(name => `${name} failure`));
});

test('a rehearsal has a finding for each phase of each way back, and one for what could not be rehearsed', () => {
  const rehearsed = (['disable', 'drop'] as const).map(method => ({
    method,
    phases: [
      { phase: 'migrate', seconds: 1, faults: [] },
      { phase: 'roll back', seconds: 1, faults: method === 'drop' ? ['t: 1 row lost or changed'] : [] },
    ],
    skipped: [],
    kept: { actions: [], organizations: [] },
    charged: { entries: 0, legacy: '0' },
    atOnce: null,
  }));
  const rehearsal = {
    faults: ['drop, roll back: t: 1 row lost or changed'],
    skipped: ['changed plans: none'],
    waysBack: [],
  };
  const result = reportRehearsal(rehearsal as never, rehearsed, 'rehearsal.json');
  expect(names(result)).toEqual([
    'disable.migrate',
    'disable.roll-back',
    'drop.migrate',
    'drop.roll-back',
    'rehearsal.complete',
  ]);
  expect(found(result)).toEqual(['drop.roll-back failure', 'rehearsal.complete warning']);
});
