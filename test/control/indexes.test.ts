import { expect, test } from 'vitest';
import type { Sql } from '../../src/database/connect.ts';
import { reserve } from '../../src/database/reserve.ts';
import type { ProgressEvent } from '../../src/progress.ts';
import { STEPS } from '../../src/steps/all.ts';
import { buildIndexes } from '../../src/steps/indexes.ts';
import { forwardSql } from '../../src/steps/step.ts';
import { creditshift, start, workFolder } from '../cli/creditshift.ts';
import { contextFor, freshDatabase, guardianYaml, migrate } from '../support/guardian.ts';
import { migrateTo } from '../support/migrated.ts';
import { writer } from './clients.ts';

const LOG = 'public.credit_consumption_logs';

/** The two indexes of the log: definition, and whether they are sound. */
async function indexes(sql: Sql) {
  return sql<{ definition: string; sound: boolean }[]>`
    select pg_get_indexdef(indexrelid) as definition, indisvalid and indisready as sound
      from pg_index where indexrelid::regclass::text like 'creditshift_log_%' order by 1`;
}

const BUILT = [
  {
    definition: `CREATE UNIQUE INDEX creditshift_log_idempotency ON ${LOG} USING btree (organization_id, idempotency_key) WHERE ((idempotency_key IS NOT NULL) AND success)`,
    sound: true,
  },
  {
    definition: `CREATE UNIQUE INDEX creditshift_log_sequence ON ${LOG} USING btree (organization_id, sequence) WHERE (sequence IS NOT NULL)`,
    sound: true,
  },
];

test('a broken index of a build that failed is removed, and built again', async () => {
  const { url, sql } = await freshDatabase();
  const context = contextFor(url);
  await migrate(context, { to: '070_validate' });
  const end = await writer(sql);
  await expect(
    (async () => {
      const builder = await reserve(sql);
      try {
        await builder`set lock_timeout = '50ms'`;
        await builder.unsafe(`create index concurrently creditshift_log_sequence on ${LOG} (id)`);
      } finally {
        builder.release();
      }
    })(),
  ).rejects.toMatchObject({ code: '55P03' });
  await end();
  expect(await indexes(sql)).toMatchObject([{ sound: false }]);

  const events: ProgressEvent[] = [];
  await migrate({ ...context, progress: event => events.push(event) }, { to: 'index' });
  expect(await indexes(sql)).toEqual(BUILT);
  expect(events).toContainEqual({
    event: 'note',
    text: 'creditshift_log_sequence is left from a build that failed: it is removed',
  });
  expect(events).toContainEqual(expect.objectContaining({ event: 'done', step: '080_index', indexes: 2 }));
});

test('a sound index of that name that is another one is refused, not dropped; the same one is taken as it is', async () => {
  const { url, sql } = await freshDatabase();
  const context = contextFor(url);
  await migrate(context, { to: '070_validate' });
  await sql.unsafe(`create unique index creditshift_log_sequence on ${LOG} (organization_id, sequence)`);
  await expect(migrate(context, { to: 'index' })).rejects.toMatchObject({
    code: 'STATE_CONFLICT',
    details: [
      'is:     CREATE UNIQUE INDEX creditshift_log_sequence USING btree (organization_id, sequence)',
      'wanted: CREATE UNIQUE INDEX creditshift_log_sequence USING btree (organization_id, sequence) WHERE (sequence IS NOT NULL)',
    ],
  });
  await sql.unsafe(`drop index creditshift_log_sequence;
    create unique index creditshift_log_sequence on ${LOG} (organization_id, sequence) where sequence is not null`);
  const [before] = await sql<{ oid: string }[]>`select 'creditshift_log_sequence'::regclass::oid::text as oid`;
  await migrate(context, { to: 'index' });
  expect(await sql`select 'creditshift_log_sequence'::regclass::oid::text as oid`).toEqual([before]);
  expect(await indexes(sql)).toEqual(BUILT);
});

test('a build that a killed run left running is waited for and never started twice', async () => {
  const { url, sql } = await freshDatabase();
  const folder = workFolder(guardianYaml);
  expect((await creditshift(['migrate', '--to', '070_validate'], folder, url)).code).toBe(0);
  const end = await writer(sql);
  const killed = start(['migrate', '--to', 'index', '--json'], folder, url);
  await killed.says('waiting for writers before build');
  await killed.says('a long import');
  killed.kill('SIGKILL');
  await killed.ended;
  await sql`update creditshift.lease set expires_at = clock_timestamp()`;

  const second = start(['migrate', '--to', 'index'], folder, url);
  await second.says('creditshift_log_sequence is being built by pid');
  expect(await sql`select phase from pg_stat_progress_create_index`).toEqual([
    { phase: 'waiting for writers before build' },
  ]);
  await end();
  expect(await second.ended).toMatchObject({ code: 0, stderr: expect.stringContaining('✓ 080_index  2 indexes') });
  expect(await indexes(sql)).toEqual(BUILT);
});

test('Ctrl-C cancels a build that waits, leaves nothing broken, and the next run builds it', async () => {
  const { url, sql } = await freshDatabase();
  const folder = workFolder(guardianYaml);
  expect((await creditshift(['migrate', '--to', '070_validate'], folder, url)).code).toBe(0);
  const reader = await reserve(sql);
  await reader.unsafe('begin isolation level repeatable read; select from public.organizations');
  const run = start(['migrate', '--to', 'index'], folder, url);
  await run.says('waiting for old snapshots, for pid');
  run.kill('SIGINT');
  expect(await run.ended).toMatchObject({ code: 130, stderr: expect.stringContaining('INTERRUPTED') });
  expect(await indexes(sql)).toEqual([]);
  await reader`commit`;
  reader.release();
  expect((await creditshift(['migrate', '--to', 'index'], folder, url)).code).toBe(0);
  expect(await indexes(sql)).toEqual(BUILT);
});

test('a build waits with a limit, and names whom it waited for', async () => {
  const { sql } = await freshDatabase();
  const run = await migrateTo(sql, '070_validate');
  const reader = await reserve(sql);
  await reader.unsafe(`begin isolation level repeatable read; select set_config('application_name', 'a report', true)`);
  const step = STEPS.find(s => s.name === '080_index');
  const built = buildIndexes(run, step ? forwardSql(step, run.model) : '', { lockTimeout: 1000, tries: 2 });
  await expect(built).rejects.toMatchObject({
    code: 'LOCK_TIMEOUT',
    message: expect.stringMatching(/credit_consumption_logs" for 1 s/),
    details: [expect.stringMatching(/^held by pid \d+ \(a report\) since 00:00:0\d: /)],
  });
  expect(await indexes(sql)).toEqual([]);
  await reader`commit`;
  reader.release();
});
