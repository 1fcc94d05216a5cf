import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Performance } from '../../src/checks/performance/measured.ts';
import { baseline } from '../../src/commands/baseline.ts';
import { recordedCatalog } from '../../src/database/catalog.ts';
import type { Sql } from '../../src/database/connect.ts';
import { contextFor, freshDatabase, guardianYaml, migrate } from '../support/guardian.ts';

const contents = async (sql: Sql) => [
  await recordedCatalog(sql),
  await sql`select * from organization_credits order by id`,
  await sql`select * from credit_consumption_logs order by id`,
];

const recorded = (sql: Sql) =>
  sql<{ subject: string; document: Performance; recordedAt: string }[]>`
    select subject, document, to_char(recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "recordedAt"
      from creditshift.baseline order by subject`;

/** Migrates so far, and hands on what it tells. */
async function migrated(context: ReturnType<typeof contextFor>, to = 'control'): Promise<string[]> {
  const notes: string[] = [];
  const progress: typeof context.progress = e => void (e.event === 'note' && notes.push(e.text));
  await migrate({ ...context, progress }, { to });
  return notes;
}

test('what is measured before a migration is in a file, then in the database, and nothing else is written', async () => {
  const { url, sql } = await freshDatabase();
  const context = contextFor(url);
  const before = await contents(sql);
  const { document } = await baseline(context);
  expect(await contents(sql)).toEqual(before);

  const file = join(context.folder, 'creditshift-state', 'baseline.json');
  const written = JSON.parse(readFileSync(file, 'utf8'));
  expect(document).toEqual({ file, ...document, ...written, format: undefined });
  expect(Object.keys(written.performance)).toEqual(['charge', 'balanceQuery', 'logInsert', 'rowSecurityRead']);
  for (const { warm, cold } of Object.values<{ warm: Record<string, number>; cold: Record<string, number> }>(
    written.performance,
  )) {
    expect([warm.samples, cold.samples]).toEqual([200, 5]);
    expect(warm.p50).toBeGreaterThan(0);
    expect(warm.p99).toBeGreaterThanOrEqual(warm.p95 ?? Number.NaN);
    // A fresh session has the catalog to read.
    expect(cold.p50).toBeGreaterThan(warm.p50 ?? Number.NaN);
  }

  expect(await migrated(context)).toEqual([]);
  expect(await recorded(sql)).toEqual([
    { subject: 'performance', document: written.performance, recordedAt: written.recordedAt },
  ]);
  await expect(baseline(context)).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
});

test('what cannot be measured says why, and the rest is measured', async () => {
  const { url, sql } = await freshDatabase();
  await sql.unsafe(`
    create or replace function consume_credits_rpc(p_organization_id uuid, p_action_type text) returns json
      language plpgsql as $$ begin raise 'out of order'; end $$;
    alter table credit_consumption_logs alter user_id set not null`);
  const yaml = guardianYaml.replace('execute: [authenticated, service_role]', 'execute: [service_role]');
  const { document, blocks } = await baseline(contextFor(url, yaml));
  expect(document.performance).toMatchObject({
    charge: { notMeasured: 'out of order' },
    balanceQuery: { warm: { samples: 200 } },
    logInsert: { notMeasured: expect.stringContaining('null value in column "user_id"') },
    rowSecurityRead: { notMeasured: 'functions.execute names no role that acts for itself only' },
  });
  expect(blocks).toContainEqual({ kind: 'mark', tone: 'warn', text: 'charge: not measured: out of order' });
});

test('a row that a client holds is given up on', async () => {
  const { url, sql } = await freshDatabase();
  const client = await sql.reserve();
  await client`begin`;
  await client`select from organization_credits for update`;
  const { document } = await baseline(contextFor(url));
  await client`rollback`;
  client.release();
  expect(document.performance).toMatchObject({
    charge: { notMeasured: expect.stringContaining('lock timeout') },
    balanceQuery: { warm: { samples: 200 } },
  });
});

test('a file of another database, of another schema, or that is none, is left out and told', async () => {
  const { url, sql } = await freshDatabase();
  const context = contextFor(url);
  await baseline(context);
  const file = join(context.folder, 'creditshift-state', 'baseline.json');
  const elsewhere = await freshDatabase();
  expect(await migrated({ ...contextFor(elsewhere.url), folder: context.folder })).toEqual([
    expect.stringMatching(/^the baseline of .* was left out: it is of the database cs_\w+$/),
  ]);
  expect(await recorded(elsewhere.sql)).toEqual([]);
  const whole = readFileSync(file, 'utf8');
  writeFileSync(file, '{"format": 2}');
  // A run that goes on: what was killed before it took the file in does it then.
  expect(await migrated({ ...contextFor(elsewhere.url), folder: context.folder }, 'expand')).toEqual([
    expect.stringContaining('it cannot be read: it is not one that this version wrote'),
  ]);

  writeFileSync(file, whole);
  await sql`create table since (id integer)`;
  expect(await migrated(context)).toEqual([expect.stringContaining('the schema of this database is another')]);
});
