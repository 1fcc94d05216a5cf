import { mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import type { Manifest } from '../../src/backup/copy-set.ts';
import {
  checkBeforeMigration,
  checkBelongs,
  fileOf,
  loadCopyFile,
  newestBackup,
  readCopySet,
} from '../../src/backup/read.ts';
import { parseQualified } from '../../src/config/names.ts';
import type { ServerFacts } from '../../src/database/connect.ts';
import { freshDatabase } from '../support/guardian.ts';
import { sharedDatabase } from '../support/migrated.ts';
import { changed as changedCopy, flip, rewrite } from './damage.ts';
import { BALANCES, LOG, newPlace, problemOf, withServer, write } from './support.ts';

const FILE = 'public.organization_credits.copy';
let good: string;
let server: ServerFacts;

beforeAll(async () => {
  const { url, drop } = await sharedDatabase();
  good = join(newPlace(), 'good');
  await write(url, good, [BALANCES, LOG]);
  server = await withServer(url, async (_, facts) => facts);
  return drop;
});

const changed = (change: (folder: string) => void, folder?: string) => changedCopy(good, change, folder);

const replaceByFolder = (path: string) => {
  rmSync(path);
  mkdirSync(path);
};

test('what was written is read', async () => {
  const manifest = await readCopySet(good);
  expect(manifest.files.map(f => [f.table, f.rows])).toEqual([
    ['"public"."organization_credits"', 2],
    ['"public"."credit_consumption_logs"', 0],
  ]);
  expect(fileOf(good, manifest, LOG.table).columns).toEqual(LOG.columns);
  checkBelongs(manifest, server);
  checkBeforeMigration(manifest);
});

test.each<[string, (folder: string) => void, string]>([
  ['a flipped byte', folder => flip(join(folder, FILE)), `${FILE}: checksum differs`],
  ['a truncated file', folder => truncateSync(join(folder, FILE), 30), `${FILE}: truncated: 30 of`],
  ['an appended byte', folder => writeFileSync(join(folder, FILE), 'x', { flag: 'a' }), `${FILE}: too long`],
  ['a missing file', folder => rmSync(join(folder, FILE)), `${FILE}: missing`],
  ['a folder in its place', folder => replaceByFolder(join(folder, FILE)), `${FILE}: EISDIR`],
  ['a missing manifest', folder => rmSync(join(folder, 'manifest.json')), 'manifest.json: missing'],
  ['missing checksums', folder => rmSync(join(folder, 'SHA256SUMS')), 'SHA256SUMS: missing'],
  ['broken JSON', folder => truncateSync(join(folder, 'manifest.json'), 100), 'manifest.json: broken JSON'],
  ['a flipped byte of the manifest', folder => flip(join(folder, 'manifest.json')), 'manifest.json: checksum differs'],
  [
    'a manifest of another shape',
    folder => rewrite(folder, { files: [{ name: '../etc' }] }),
    'manifest.json: files.0.name',
  ],
  ['no JSON object', folder => rewrite(folder, { format: 'one' }), 'manifest.json: format'],
])('%s is damage, and named', async (_, change, fault) => {
  const folder = changed(change);
  const problem = await problemOf(readCopySet(folder));
  expect(problem).toMatchObject({ code: 'BACKUP_DAMAGED', message: expect.stringContaining(folder) });
  expect(problem.details[0]).toContain(fault);
});

test('every damaged file is named at once', async () => {
  const folder = changed(set => {
    flip(join(set, FILE));
    writeFileSync(join(set, 'public.credit_consumption_logs.copy'), 'x');
  });
  expect((await problemOf(readCopySet(folder))).details.length).toBe(2);
});

test('rows that the manifest counts and the file has not are damage', async () => {
  const { files } = await readCopySet(good);
  const folder = changed(set => rewrite(set, { files: files.map(f => ({ ...f, rows: f.rows + 1 })) }));
  expect((await problemOf(readCopySet(folder))).details).toEqual([
    `${FILE}: 2 rows, not 3`,
    'public.credit_consumption_logs.copy: 0 rows, not 1',
  ]);
});

test('a newer format says what to use; a folder that is not there is missing', async () => {
  const folder = changed(set => rewrite(set, { format: 2, files: 'elsewhere' }));
  expect(await problemOf(readCopySet(folder))).toMatchObject({
    code: 'BACKUP_NEWER',
    next: expect.stringContaining('later'),
  });
  expect(await problemOf(readCopySet(join(folder, 'nowhere')))).toMatchObject({ code: 'BACKUP_MISSING' });
});

test('a table that is not in it is damage', async () => {
  const manifest = await readCopySet(good);
  const ask = async () => fileOf(good, manifest, parseQualified('public.elsewhere'));
  expect(await problemOf(ask())).toMatchObject({ code: 'BACKUP_DAMAGED' });
});

test('a file that changed after it was verified is not loaded', async () => {
  const { sql } = await freshDatabase();
  await sql`create table target as select organization_id, credits_remaining from organization_credits with no data`;
  const manifest = await readCopySet(good);
  for (const change of [flip, (path: string) => rmSync(path), (path: string) => truncateSync(path, 3)]) {
    const folder = changed(set => change(join(set, FILE)));
    const load = sql.begin(tx => loadCopyFile(tx, folder, fileOf(folder, manifest, BALANCES.table), 'target'));
    const error = await problemOf(load);
    expect(['BACKUP_DAMAGED', '22P02']).toContain(error.code);
  }
  expect(await sql`select from target`).toEqual([]);
});

test.each<[string, Partial<ServerFacts>]>([
  ['database', { database: 'elsewhere' }],
  ['system identifier', { systemIdentifier: '7' }],
])('a backup of another %s is foreign', async (_, difference) => {
  const manifest = await readCopySet(good);
  const check = async () => checkBelongs(manifest, { ...server, ...difference });
  expect(await problemOf(check())).toMatchObject({ code: 'BACKUP_FOREIGN' });
});

test.each<[string, Partial<Manifest>]>([
  ['taken after the first step', { migration: { started: true, journalHead: null, steps: ['010_control'] } }],
  ['an archive', { kind: 'archive' }],
])('one that is %s is no state to go back to', async (_, difference) => {
  const manifest = await readCopySet(good);
  const check = async () => checkBeforeMigration({ ...manifest, ...difference });
  expect(await problemOf(check())).toMatchObject({ code: 'BACKUP_AFTER_MIGRATION' });
});

test('the newest good backup is chosen, and what was passed over is told', async () => {
  const place = newPlace();
  const put = (name: string, year: number, change: (folder: string) => void = () => {}) =>
    changed(
      folder => {
        rewrite(folder, { createdAt: `${year}-01-01T00:00:00.000Z` });
        change(folder);
      },
      join(place, 'creditshift-backups', name),
    );
  put('b-older', 2021);
  put('a-newest-good', 2022);
  put('damaged', 2023, folder => flip(join(folder, FILE)));
  put('foreign', 2024, folder => rewrite(folder, { database: 'elsewhere' }));
  put('after', 2025, folder =>
    rewrite(folder, { migration: { started: true, journalHead: null, steps: ['010_control'] } }),
  );
  put('archive', 2026, folder => rewrite(folder, { kind: 'archive' }));
  put('half.partial', 2027);
  writeFileSync(join(place, 'creditshift-backups/notes.txt'), 'not a backup');
  mkdirSync(join(place, 'creditshift-backups/empty'));

  const { folder, rejected } = await newestBackup(place, server);
  expect(folder).toBe(join(place, 'creditshift-backups/a-newest-good'));
  expect(rejected.map(line => line.split(':')[0])).toEqual(['empty', 'archive', 'after', 'foreign', 'damaged']);

  rmSync(join(place, 'creditshift-backups/a-newest-good'), { recursive: true });
  expect((await newestBackup(place, server)).folder).toContain('b-older');
  rmSync(join(place, 'creditshift-backups/b-older'), { recursive: true });
  const problem = await problemOf(newestBackup(place, server));
  expect(problem).toMatchObject({ code: 'BACKUP_MISSING', details: rejected });
  expect(await problemOf(newestBackup(newPlace(), server))).toMatchObject({ code: 'BACKUP_MISSING', details: [] });
});
