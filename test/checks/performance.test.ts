import { expect, test } from 'vitest';
import { logging, slower } from '../../src/checks/performance/latency.ts';
import { baseline } from '../../src/commands/baseline.ts';
import { verify } from '../../src/commands/verify.ts';
import { contextFor, freshDatabase, migrate } from '../support/guardian.ts';
import { checksOf, foundIn, notJudgedIn } from './found.ts';

test.each([
  [0.1, 1, undefined, 'ten times of little is little'],
  [10, 11, undefined, 'a tenth'],
  [10, 11.9, 'warning', 'more than a tenth, and than a millisecond'],
  [10, 12.01, 'failure', 'more than a fifth, and than two milliseconds'],
  [5, 6.9, 'warning', 'more than a fifth, but not than two milliseconds'],
  [100, 109, undefined, 'milliseconds, but not a tenth'],
  [100, 90, undefined, 'faster'],
])('a call of %d ms that takes %d ms now: %s, %s', (before, now, severity, _) => {
  expect(slower(before, now)).toBe(severity);
});

test.each([
  [1, 50, undefined],
  [1, 52, 'warning'],
  [1, 102, 'failure'],
])('an entry of the log of %d ms that takes %d ms now: %s', (before, now, severity) => {
  expect(logging(before, now)).toBe(severity);
});

test('what was measured before the migration is compared with after it', async () => {
  const { url, sql } = await freshDatabase();
  const context = contextFor(url);
  const performance = () => verify(context, { only: 'performance' });
  await baseline(context);
  await migrate(context);

  const clean = await performance();
  expect(clean.exitCode).toBe(0);
  expect(foundIn(clean.document)).toMatchObject([
    {
      name: 'performance.indexes',
      severity: 'warning',
      rows: [
        expect.stringMatching(/^idx_credit_consumption_logs_organization_id on .* \(as before the migration\)$/),
        expect.stringMatching(/^idx_organization_credits_org_id on .* \(as before the migration\)$/),
      ],
    },
  ]);
  expect(notJudgedIn(clean.document)).toEqual(['performance.unused-indexes', 'performance.hot-updates']);

  await sql.unsafe(`
    create function slow() returns trigger language plpgsql as 'begin perform pg_sleep(0.004); return new; end';
    create trigger slow before update on organization_credits for each row execute function slow()`);
  const slower = await performance();
  expect(slower.exitCode).toBe(5);
  expect(foundIn(slower.document)).toMatchObject([
    { name: 'performance.charge', severity: 'failure', rows: [expect.stringMatching(/^a charge takes \d+/)] },
    { name: 'performance.indexes' },
  ]);
  await sql`drop trigger slow on organization_credits`;

  // Rows of a transaction that was rolled back are dead.
  await sql`
    do $$ begin
      insert into credit_consumption_logs (action_type) select 'x' from generate_series(1, 50000);
      raise 'undone';
    exception when raise_exception then perform pg_stat_force_next_flush();
    end $$`;
  const dead = checksOf((await performance()).document).find(c => c.name === 'performance.bloat');
  expect(dead?.rows).toEqual([
    expect.stringMatching(/^credit_consumption_logs has 50\d+ dead rows beside \d+; last vacuumed: never$/),
  ]);

  await sql`update creditshift.baseline set document = jsonb_set(document, '{logInsert}', '{"notMeasured": "no right"}')`;
  const unknown = checksOf((await performance()).document).find(c => c.name === 'performance.log-insert');
  expect(unknown).toMatchObject({
    outcome: 'not judged',
    rows: ['not judged: it was not measured before the migration: no right'],
  });
});
