import { expect, test } from 'vitest';
import { newRun } from '../../src/commands/session/run.ts';
import { openSession } from '../../src/commands/session/session.ts';
import { catalogDifference, recordedCatalog } from '../../src/database/catalog.ts';
import { connect, type Sql } from '../../src/database/connect.ts';
import { STEPS } from '../../src/steps/all.ts';
import { undoStep } from '../../src/steps/apply.ts';
import { contextFor, freshDatabase, guardianConfig, migrate } from '../support/guardian.ts';

/** Rows of the tenant's tables, without what only the counter of an identity column shows. */
async function data(sql: Sql): Promise<string[]> {
  const rows: string[] = [];
  for (const table of ['organization_credits', 'credit_actions', 'credit_consumption_logs', 'organizations']) {
    const found = await sql.unsafe<{ row: string }[]>(
      `select (to_jsonb(t) - 'last_updated')::text as row from public.${table} as t order by 1`,
    );
    rows.push(...found.map(r => `${table} ${r.row}`));
  }
  return rows;
}

const reversible = STEPS.filter(step => !step.irreversible);

test.each(reversible.map((step, index) => ({ name: step.name, step, before: reversible[index - 1] })))(
  '$name up, down, up leaves catalog and data as they were',
  async ({ name, step, before }) => {
    const { url, sql } = await freshDatabase();
    const context = contextFor(url);
    if (before) await migrate(context, { to: before.name });
    const below = { catalog: await recordedCatalog(sql), data: await data(sql) };
    await migrate(context, { to: name });
    const above = { catalog: await recordedCatalog(sql), data: await data(sql) };

    const { sql: own, server } = await connect({ url, environment: {} });
    const session = await openSession(own, server, guardianConfig());
    await undoStep(newRun(context, session), step);
    await own.end();
    expect(catalogDifference(below.catalog, await recordedCatalog(sql))).toEqual([]);
    expect(await data(sql)).toEqual(below.data);

    await migrate(context, { to: name });
    expect(catalogDifference(above.catalog, await recordedCatalog(sql))).toEqual([]);
    expect(await data(sql)).toEqual(above.data);
  },
);

test('a finished migrate run again changes nothing and says so', async () => {
  const { url, sql } = await freshDatabase();
  const context = contextFor(url);
  await migrate(context);
  const before = { catalog: await recordedCatalog(sql), data: await data(sql), journal: await journalHead(sql) };
  const again = await migrate(context);
  expect(again.document.applied).toEqual([]);
  expect(again.blocks).toContainEqual(expect.objectContaining({ text: expect.stringContaining('Nothing to do') }));
  expect({ catalog: await recordedCatalog(sql), data: await data(sql), journal: await journalHead(sql) }).toEqual(
    before,
  );
});

async function journalHead(sql: Sql): Promise<string | undefined> {
  const [row] = await sql<{ hash: string }[]>`select hash from creditshift.journal order by position desc limit 1`;
  return row?.hash;
}
