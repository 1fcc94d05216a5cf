import { expect, test } from 'vitest';
import { asRecorded, type CheckResult, runCheck, selectChecks } from '../../src/checks/run.ts';
import { checkSlices } from '../../src/commands/migrate/check-slices.ts';
import { readState } from '../../src/database/state.ts';
import { STEPS } from '../../src/steps/all.ts';
import { addOrganizations, keyOf } from '../allocation/organizations.ts';
import { contextFor, freshDatabase, guardianConfig, migrate } from '../support/guardian.ts';
import { migrateTo } from '../support/migrated.ts';

/** One fault or more for each check that goes by slices; no-nulls and within-limits are kept by constraints, so these go first. */
const FAULTS = [
  `alter table organization_credits disable trigger creditshift_legacy_write`,
  `update organization_credits set credits_remaining = credits_remaining + 1 where organization_id in ('${keyOf(1)}', '${keyOf(20)}')`,
  `update organization_credits set last_sequence = 7 where organization_id = '${keyOf(3)}'`,
  `delete from creditshift.allocations where organization in ('${keyOf(5)}', '${keyOf(30)}')`,
  `update creditshift.allocations set ai_after = ai_after + 1 where organization = '${keyOf(7)}'`,
  `update creditshift.allocations set sms_granted = 3 where organization = '${keyOf(8)}'`,
  `update organization_credits set email_credits_total = email_credits_total + 5 where organization_id = '${keyOf(9)}'`,
  `alter table organization_credits drop constraint ai_credits_within_total, alter ai_credits_available drop not null`,
  `update organization_credits set ai_credits_available = -1 where organization_id = '${keyOf(11)}'`,
  `update organization_credits set ai_credits_available = null where organization_id = '${keyOf(12)}'`,
  `delete from organization_credits where organization_id = '${keyOf(13)}'`,
  `delete from organizations where id = '${keyOf(14)}'`,
];

test('checks find in slices what they find in the whole', async () => {
  const { sql } = await freshDatabase();
  await addOrganizations(sql, 40, ['starter', 'premium', 'custom']);
  const config = guardianConfig();
  const run = await migrateTo(sql, '060_allocate', { ...config, batch: { ...config.batch, rows: 7 } });
  for (const fault of FAULTS) await sql.unsafe(fault);
  const step = STEPS.find(s => s.name === '060_allocate');
  if (!step) throw new Error('no step');
  const subject = asRecorded({ sql, model: run.model, state: await readState(sql), config });
  const checks = selectChecks(subject, { step: step.name }).filter(check => check.slices);
  const whole = await Promise.all(checks.map(check => runCheck(check, subject)));
  const sliced = await checkSlices(run, step, checks, subject);
  const found = (results: CheckResult[]) => results.map(r => [r.name, r.outcome, r.count, r.rows.toSorted()]);
  expect(found(sliced)).toEqual(found(whole));
  expect(whole.filter(result => result.outcome !== 'failed').map(result => result.name)).toEqual([]);
});

test('a check that cannot be made in one slice is an error of the whole', async () => {
  const { url, sql } = await freshDatabase();
  await addOrganizations(sql, 40);
  const context = contextFor(url);
  await migrate(context, { to: '060_allocate' });
  await sql.unsafe('alter table creditshift.allocations rename column ai_after to hidden');
  await expect(migrate(context)).rejects.toMatchObject({
    code: 'CHECKS_FAILED',
    details: expect.arrayContaining([expect.stringMatching(/could not be checked: column .*ai_after/)]),
  });
});
