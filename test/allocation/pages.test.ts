import { expect, test } from 'vitest';
import { rollback } from '../../src/commands/rollback/rollback.ts';
import type { Context } from '../../src/commands/session/context.ts';
import { connect, type Sql } from '../../src/database/connect.ts';
import { contextFor, freshDatabase, migrate } from '../support/guardian.ts';
import { addOrganizations, keyOf, migrationRecords, yamlWith } from './organizations.ts';

interface Range {
  part: number;
  last: string;
  end: string | null;
  rows: number;
  done: boolean;
}

const checkpoints = (sql: Sql) => sql<Range[]>`
  select part, last_key as last, end_key as end, rows, done from creditshift.checkpoints order by end_key nulls last`;

/** Stops a run once so many organizations are allocated. */
function stoppingAfter(context: Context, organizations: number): Context {
  let rows = 0;
  return {
    ...context,
    progress: event => {
      if (event.event === 'rows') rows = event.rows;
    },
    stopping: () => rows >= organizations,
  };
}

test('two workers allocate two halves of the keys, every organization once', async () => {
  const { url, sql } = await freshDatabase();
  await addOrganizations(sql, 500);
  await migrate(contextFor(url, yamlWith({ rows: 20, workers: 2 })), { to: 'allocate' });
  expect(await migrationRecords(sql)).toEqual({ records: 500, organizations: 500 });
  const [low, high] = await checkpoints(sql);
  // The two of the example come first.
  expect([low?.end, low?.rows, high?.end, high?.rows]).toEqual([keyOf(249), 251, null, 251]);
});

test('what one number of workers left, any other goes on with', async () => {
  const { url, sql } = await freshDatabase();
  await addOrganizations(sql, 600);
  for (const [index, workers] of [1, 3, 2, 4].entries()) {
    const context = stoppingAfter(contextFor(url, yamlWith({ rows: 10, workers })), 100 * (index + 1));
    await expect(migrate(context, { to: 'allocate' })).rejects.toMatchObject({ code: 'INTERRUPTED' });
    const { records } = await migrationRecords(sql);
    expect(records).toBeGreaterThan(100 * index);
    expect(records).toBeLessThan(600);
  }
  await migrate(contextFor(url, yamlWith({ rows: 10 })));
  expect(await migrationRecords(sql)).toEqual({ records: 600, organizations: 600 });
  const ranges = await checkpoints(sql);
  expect(ranges.length).toBeGreaterThanOrEqual(4);
  expect(ranges.every(range => range.done)).toBe(true);
  expect(ranges.reduce((sum, range) => sum + Number(range.rows), 0)).toBe(602);
});

test('ranges can be cut where there is nothing to cut', async () => {
  const { url, sql } = await freshDatabase();
  await sql`delete from public.organization_credits`;
  await migrate(contextFor(url, yamlWith({ workers: 8 })));
  expect(await checkpoints(sql)).toMatchObject([{ part: 1, end: null, done: true }]);
});

test('a worker that fails ends the others at their next page', async () => {
  const { url, sql } = await freshDatabase();
  await addOrganizations(sql, 400);
  await migrate(contextFor(url), { to: 'functions' });
  // 42703 is nobody's row: the function itself is broken.
  await sql.unsafe(`
    create function public.broken() returns trigger language plpgsql as $$ begin return new.missing; end $$;
    create trigger broken before update of last_sequence on public.organization_credits
      for each row when (old.organization_id = '${keyOf(20)}') execute function public.broken()`);
  const run = migrate(contextFor(url, yamlWith({ rows: 5, workers: 2 })));
  await expect(run).rejects.toMatchObject({ code: 'STEP_FAILED' });
  const { records } = await migrationRecords(sql);
  expect(records).toBeLessThan(200);
  await sql`drop trigger broken on public.organization_credits`;
  await migrate(contextFor(url));
  expect(await migrationRecords(sql)).toEqual({ records: 400, organizations: 400 });
});

test('while a client is at work pages rest, and alone they do not', async () => {
  const { url, sql } = await freshDatabase();
  await addOrganizations(sql, 200);
  const rested = async () => {
    const [step] = await sql<{ rested: number }[]>`
      select (data ->> 'rested')::integer as rested from creditshift.journal where data ->> 'step' = '060_allocate'`;
    return step?.rested;
  };
  await migrate(contextFor(url, yamlWith({ rows: 20 })), { to: '060_allocate' });
  expect(await rested()).toBe(0);
  await rollback(contextFor(url), { method: 'drop' });
  const client = await connect({ url, environment: {} }, 'client', 1);
  const working = client.sql`select pg_sleep(600)`.execute();
  await migrate(contextFor(url, yamlWith({ rows: 20 })), { to: '060_allocate' });
  expect(await rested()).toBeGreaterThan(0);
  working.cancel();
  await expect(working).rejects.toThrow('canceling statement');
  await client.sql.end();
});
