import { expect, test } from 'vitest';
import { status } from '../../src/commands/status.ts';
import { verify } from '../../src/commands/verify.ts';
import type { Sql } from '../../src/database/connect.ts';
import type { Problem } from '../../src/problems.ts';
import { contextFor, freshDatabase, migrate } from '../support/guardian.ts';
import { addOrganizations, keyOf, migrationRecords, yamlWith } from './organizations.ts';

/** A constraint that old rows break: any update of them is refused, ours too. */
async function breakRows(sql: Sql, numbers: readonly number[]): Promise<void> {
  await sql`update public.organization_credits set renewal_type = 'odd'
             where organization_id::text = any (${numbers.map(keyOf)}::text[])`;
  await sql`alter table public.organization_credits
              add constraint usual_renewal check (renewal_type <> 'odd') not valid`;
}

const failing = (run: Promise<unknown>): Promise<Problem> =>
  run.then(
    () => expect.unreachable('it did not fail'),
    error => error,
  );

test('bad rows are found by halving, recorded and named; the rest is allocated, and a second run tries them again', async () => {
  const { url, sql } = await freshDatabase();
  await addOrganizations(sql, 500);
  await breakRows(sql, [7, 333]);
  const context = contextFor(url, yamlWith({ rows: 64, workers: 2 }));

  const problem = await failing(migrate(context));
  expect(problem).toMatchObject({
    code: 'ALLOCATION_FAILED',
    exitCode: 4,
    message: /^2 organizations .* all others are/,
  });
  expect(problem.details).toEqual(
    [7, 333].map(n => expect.stringMatching(new RegExp(`^${keyOf(n)}: .*usual_renewal.*23514`))),
  );
  expect(await migrationRecords(sql)).toEqual({ records: 498, organizations: 498 });
  expect((await status(context)).document).toMatchObject({ state: 'partial', counts: { failed: 2 } });
  expect((await verify(context, { only: 'balances.no-failed' })).document.checks).toMatchObject([
    { name: 'balances.no-failed', outcome: 'failed', count: 2 },
  ]);

  await sql`update public.organization_credits set renewal_type = null where organization_id = ${keyOf(7)}`;
  expect(await failing(migrate(context))).toMatchObject({ code: 'ALLOCATION_FAILED', details: [/^1000.*333: /] });
  // Gone is as good as mended.
  await sql`delete from public.organization_credits where organization_id = ${keyOf(333)}`;
  await migrate(context);
  expect(await migrationRecords(sql)).toEqual({ records: 499, organizations: 499 });
  expect((await status(context)).document).toMatchObject({ state: 'cut over', counts: { failed: 0 } });
});

test('a fault of all rows stops the run instead of being found row by row', async () => {
  const { url, sql } = await freshDatabase();
  await addOrganizations(sql, 150);
  await breakRows(
    sql,
    Array.from({ length: 150 }, (_, i) => i + 1),
  );
  const problem = await failing(migrate(contextFor(url, yamlWith({ rows: 1 }))));
  expect(problem).toMatchObject({ code: 'ALLOCATION_FAILED', message: /^101 organizations .* stopped there/ });
  expect(problem.details).toHaveLength(20);
});

test('one row that a client holds makes pages small around it, and is waited for', async () => {
  const { url, sql } = await freshDatabase();
  await addOrganizations(sql, 40);
  const context = contextFor(url, yamlWith({ rows: 16 }));
  await migrate(context, { to: '055_triggers' });
  const client = await sql.reserve();
  await client`begin`;
  await client`update public.organization_credits set updated_at = now() where organization_id = ${keyOf(30)}`;
  let reached = 0;
  await migrate({
    ...context,
    progress: event => {
      if (event.event !== 'rows') return;
      reached = event.rows;
      // 29 made-up ones and the two of the example lie before it.
      if (reached === 31) client`commit`.then(() => client.release());
    },
  });
  expect(reached).toBe(42);
  expect(await migrationRecords(sql)).toEqual({ records: 40, organizations: 40 });
});

test('an organization whose plan changes under its page gets the new plan', async () => {
  const { url, sql } = await freshDatabase();
  await addOrganizations(sql, 40);
  await migrate(contextFor(url), { to: '055_triggers' });
  const client = await sql.reserve();
  await client`begin`;
  await client`update public.organization_credits set plan_name = 'premium' where organization_id = ${keyOf(5)}`;
  const run = migrate(contextFor(url));
  for (let waiting = 0; waiting === 0; ) {
    const [row] = await sql<{ waiting: number }[]>`select count(*)::integer as waiting from pg_locks where not granted`;
    waiting = row?.waiting ?? 0;
  }
  await client`commit`;
  client.release();
  await run;
  const rows = await sql`
    select kind, plan from creditshift.allocations where organization = ${keyOf(5)} order by sequence`;
  expect([...rows]).toEqual([{ kind: 'migration', plan: 'premium' }]);
});
