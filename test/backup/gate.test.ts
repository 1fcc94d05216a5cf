import { cpSync, existsSync, rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, inject, test } from 'vitest';
import { readProof, writeProof } from '../../src/backup/proof.ts';
import { backup } from '../../src/commands/backup/backup.ts';
import { migrate } from '../../src/commands/migrate/migrate.ts';
import { rollback } from '../../src/commands/rollback/rollback.ts';
import type { Context } from '../../src/commands/session/context.ts';
import type { Sql } from '../../src/database/connect.ts';
import { creditshift, start, workFolder } from '../cli/creditshift.ts';
import { contextFor, freshDatabase, guardianYaml } from '../support/guardian.ts';
import { sharedDatabase } from '../support/migrated.ts';
import { flip, rewrite } from './damage.ts';
import { problemOf } from './support.ts';

const CREDITS = 'public.organization_credits';
let url: string;
let sql: Sql;
let good: string;
beforeAll(async () => {
  const shared = await sharedDatabase();
  ({ url, sql } = shared);
  const { document } = await backup(contextFor(url), { prove: true, server: inject('adminUrl') });
  good = String(document.folder);
  return shared.drop;
});

/** A context whose folder holds the proved backup, changed. */
function withBackup(change: (folder: string) => void = () => {}, yaml = guardianYaml): Context {
  const context = contextFor(url, yaml);
  const folder = join(context.folder, 'creditshift-backups/it');
  cpSync(good, folder, { recursive: true });
  change(folder);
  return context;
}

const shift = (seconds: number) => (folder: string) =>
  rewrite(folder, ({ createdAt }) => ({ createdAt: new Date(Date.parse(createdAt) + seconds * 1000).toISOString() }));

test.each<[string, () => Context, string]>([
  ['no backup', () => contextFor(url), ''],
  ['a backup that was not proved', () => withBackup(f => rmSync(join(f, 'proof.json'))), 'not proved by a restore'],
  ['a damaged proof', () => withBackup(f => truncateSync(join(f, 'proof.json'), 30)), 'not proved by a restore'],
  ['a backup of the day before yesterday', () => withBackup(shift(-25 * 3600)), 'older than 24h'],
  [
    'one that is too old for the configuration',
    () => withBackup(shift(-3600), `${guardianYaml}\n`.replace('maxAge: 24h', 'maxAge: 30m')),
    'older than 30m',
  ],
  ['a truncated file', () => withBackup(f => truncateSync(join(f, `${CREDITS}.copy`), 30)), 'truncated: 30 of'],
  ['a flipped byte', () => withBackup(f => flip(join(f, `${CREDITS}.copy`))), 'checksum differs'],
  [
    'a missing table',
    () => withBackup(f => rewrite(f, ({ files }) => ({ files: files.filter(file => file.name !== CREDITS) }))),
    'the table is not in it',
  ],
  ['another database', () => withBackup(f => rewrite(f, { database: 'elsewhere' })), 'of another database'],
  ['another server', () => withBackup(f => rewrite(f, { systemIdentifier: '7' })), 'of another database'],
  ['a newer server', () => withBackup(f => rewrite(f, { serverVersion: '99.1' })), 'PostgreSQL 99.1'],
  [
    'a start before it',
    () => withBackup(f => rewrite(f, { migration: { started: true, journalHead: null, steps: ['010_control'] } })),
    'taken after 010_control',
  ],
])('with %s migrate refuses, says why, and changes nothing', async (_, context, reason) => {
  const problem = await problemOf(migrate(context()));
  expect(problem).toMatchObject({ code: 'BACKUP_UNPROVED', exitCode: 6, next: expect.stringContaining('--prove') });
  expect(problem.state).toContain('untouched');
  expect(problem.details.join('\n')).toContain(reason);
  expect(await sql`select to_regnamespace('creditshift') as schema`).toEqual([{ schema: null }]);
});

test('a proof that found a difference is none', async () => {
  const context = withBackup();
  const folder = join(context.folder, 'creditshift-backups/it');
  const proof = await readProof(folder);
  if (!proof) throw new Error('no proof');
  await writeProof(folder, { ...proof, faults: ['sum of credits_remaining: 1095, not 1094'] });
  const problem = await problemOf(migrate(context));
  expect(problem).toMatchObject({ code: 'BACKUP_UNPROVED', details: [expect.stringContaining('1095, not 1094')] });
});

test('a proved backup opens the gate once: what has begun goes on, and forward again, without another', async () => {
  const own = await freshDatabase();
  const context = contextFor(own.url);
  await backup(context, { prove: true, server: inject('adminUrl'), out: 'mine' });
  expect(await problemOf(migrate(context))).toMatchObject({ code: 'BACKUP_UNPROVED' });
  await migrate(context, { backup: 'mine', to: 'expand' });
  const [entry] = await own.sql`select data from creditshift.journal where event = 'backup'`;
  expect(entry?.data).toMatchObject({ proved: true, folder: join(context.folder, 'mine') });
  rmSync(join(context.folder, 'mine'), { recursive: true });
  await migrate(context);
  await rollback(context, { method: 'disable' });
  await migrate(context);
  await rollback(context, { method: 'drop' });
  expect(await problemOf(migrate(context))).toMatchObject({ code: 'BACKUP_UNPROVED' });
  await migrate(context, { withoutBackupProof: true, to: 'control' });
  const [without] = await own.sql`select data from creditshift.journal where event = 'backup'`;
  expect(without?.data).toEqual({ proved: false });
});

test('from the command line: refused, proved, migrated', async () => {
  const own = await freshDatabase();
  const folder = workFolder(guardianYaml);
  const run = (...args: string[]) => start(args, folder, own.url, { gated: true }).ended;
  const refused = await run('migrate');
  expect(refused).toMatchObject({ code: 6, stderr: expect.stringContaining('BACKUP_UNPROVED') });
  expect(refused.stderr).toContain('creditshift backup --prove');
  expect(await run('backup', '--prove', '--server', inject('adminUrl'))).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('✓ Proved'),
  });
  expect(await run('migrate')).toMatchObject({ code: 0 });
});

test('a restore that differs ends with 5, and the backup is left unproved', async () => {
  const own = await freshDatabase();
  await own.sql.unsafe(`
    create or replace function consume_credits_rpc(p_organization_id uuid, p_action_type text) returns json
    language sql as 'select null::json'`);
  const folder = workFolder(guardianYaml);
  const proof = await creditshift(['backup', '--prove', '--server', inject('adminUrl')], folder, own.url);
  expect(proof).toMatchObject({ code: 5, stdout: expect.stringContaining('charged nothing for ai_chat') });
  const refused = await start(['migrate'], folder, own.url, { gated: true }).ended;
  expect(refused).toMatchObject({ code: 6, stderr: expect.stringContaining('charged nothing for ai_chat') });
});

test('where no throw-away server can be had it says so, with the ways out, and writes no backup', async () => {
  const own = await freshDatabase();
  const folder = workFolder(guardianYaml);
  const { code, stderr } = await creditshift(
    ['backup', '--prove', '--server', 'docker', '--image', 'no/such'],
    folder,
    own.url,
  );
  expect(code).toBe(2);
  expect(stderr).toContain('DISPOSABLE_UNAVAILABLE');
  expect(stderr).toContain('migrate --without-backup-proof');
  expect(existsSync(join(folder, 'creditshift-backups'))).toBe(false);
});
