import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { dryRun } from '../../src/commands/dry-run/dry-run.ts';
import { report } from '../../src/commands/report/report.ts';
import { status } from '../../src/commands/status.ts';
import { verify } from '../../src/commands/verify.ts';
import { parseConfig } from '../../src/config/load.ts';
import { recordedCatalog } from '../../src/database/catalog.ts';
import type { Sql } from '../../src/database/connect.ts';
import { readFacts } from '../../src/database/facts.ts';
import { hashesOf } from '../../src/rehearsal/hashes.ts';
import {
  prepareRecord,
  type Rehearsal,
  readRecord,
  rehearsalFile,
  reservations,
  writeRecord,
} from '../../src/rehearsal/record.ts';
import { contextFor, freshDatabase, guardianConfig, guardianYaml } from '../support/guardian.ts';
import { migrateTo } from '../support/migrated.ts';

const passed: Omit<Rehearsal, 'hashes'> = {
  creditshift: '0.1.0',
  at: '2025-10-12T02:00:00.000Z',
  of: 'dump.sql',
  server: 'a server',
  outcome: 'passed',
  faults: [],
  skipped: [],
  waysBack: [
    {
      method: 'drop',
      seconds: 0.2,
      promisedSeconds: 300,
      phases: [],
      kept: { actions: [], organizations: [] },
      charged: { entries: 0, legacy: '0' },
      atOnce: null,
    },
  ],
};

const hashesIn = async (sql: Sql, config = guardianConfig()) =>
  hashesOf(config, await readFacts(sql, config), await recordedCatalog(sql));

test('a dump is rehearsed on the version that it comes from', async () => {
  const context = contextFor('postgres://nobody');
  writeFileSync(join(context.folder, 'dump.sql'), '-- Dumped from database version 19.1 (Debian)\n');
  await expect(dryRun(context, { file: join(context.folder, 'dump.sql') })).rejects.toMatchObject({
    message: 'There is no embedded PostgreSQL 19, only 15, 16, 17, 18.',
  });
});

test('verify says that the rehearsal is of this database, before and after the migration, and when it no longer is', async () => {
  const { url, sql } = await freshDatabase();
  const context = contextFor(url);
  const verified = async (rehearsal?: string) => {
    const { document, exitCode } = await verify(context, { rehearsal });
    return { ...(document.rehearsal as { reservations: string[] }), exitCode };
  };
  expect(await verified()).toMatchObject({ matches: false, reservations: ['none is recorded'], exitCode: 0 });
  const file = rehearsalFile(context.folder);
  await prepareRecord(file);
  await writeRecord(file, { ...passed, hashes: await hashesIn(sql) });
  expect(await verified()).toMatchObject({ matches: true, reservations: [], exitCode: 0 });
  await migrateTo(sql);
  expect(await verified()).toMatchObject({ matches: true, reservations: [] });
  const { document } = await report(context, { kind: 'completion' });
  expect(document.markdown).toMatch(/\| +5 min \| +0\.200 s \| +no \| – +\|/);
  expect(document.markdown).toContain('Rehearsed on a copy of `dump.sql` at 2025-10-12T02:00:00.000Z');
  expect(await verified('other.json')).toMatchObject({ matches: false, file: join(context.folder, 'other.json') });
  writeFileSync(context.configPath, guardianYaml.replace('ai: 200', 'ai: 201'));
  expect(await verified()).toMatchObject({ matches: false, reservations: [expect.any(String), expect.any(String)] });
  expect((await status(context)).blocks).toContainEqual({
    kind: 'facts',
    facts: expect.arrayContaining([['Rehearsal', expect.stringContaining('passed at 2025-10-12')]]),
  });
});

test('a column, a privilege and a comment make another schema, and the legacy function another SQL', async () => {
  const { sql } = await freshDatabase();
  let before = await hashesIn(sql);
  const changed = async (change: string) => {
    await sql.unsafe(change);
    const now = await hashesIn(sql);
    const parts = (['schema', 'configuration', 'sql'] as const).filter(part => now[part] !== before[part]);
    before = now;
    return parts;
  };
  expect(await changed('alter table public.profiles add column note text')).toEqual(['schema']);
  expect(await changed('revoke select on public.organization_credits from anon')).toEqual(['schema']);
  expect(await changed(`comment on function public.consume_credits_rpc(uuid, text) is 'other'`)).toEqual([
    'schema',
    'sql',
  ]);
  expect(await changed('update public.organization_credits set credits_remaining = 1')).toEqual([]);
});

test('a configuration is another one, but for hooks and the database that is expected', async () => {
  const { sql } = await freshDatabase();
  const yaml = `${guardianYaml}\nhooks: { start: { run: ["true"] } }\nexpect: { database: guardian }\n`;
  expect(await hashesIn(sql, parseConfig(yaml, 'other'))).toEqual(await hashesIn(sql));
});

test('a broken record, and one with differences, vouch for nothing', async () => {
  const context = contextFor('');
  const file = rehearsalFile(context.folder);
  await expect(report(context, { kind: 'rehearsal' })).rejects.toMatchObject({
    code: 'USAGE',
    next: expect.stringContaining('creditshift dry-run'),
  });
  const hashes = { schema: 'a'.repeat(64), configuration: 'b'.repeat(64), sql: 'c'.repeat(64) };
  await prepareRecord(file);
  await writeRecord(file, { ...passed, hashes, outcome: 'differences', faults: ['drop, compare: a row'] });
  expect(reservations(await readRecord(file), hashes)).toEqual(['it found a difference: drop, compare: a row']);
  expect(reservations(await readRecord(file), { ...hashes, schema: 'd' })).toHaveLength(2);
  const { document } = await report(context, { kind: 'rehearsal' });
  expect(document.markdown).toContain('# Rehearsal of dump.sql: 1 difference\n');
  expect(document.markdown).toContain('- drop, compare: a row\n');
  expect(document.markdown).toMatch(/^\| drop +\| +– \| +– \| +none \|/m);
  writeFileSync(file, readFileSync(file, 'utf8').slice(0, 100));
  expect(reservations(await readRecord(file), hashes)).toEqual([expect.stringContaining('cannot be read')]);
  await expect(report(context, { kind: 'rehearsal' })).rejects.toMatchObject({ code: 'USAGE' });
});
