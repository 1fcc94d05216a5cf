import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, inject, onTestFinished, test } from 'vitest';
import { readProof } from '../../src/backup/proof.ts';
import { BACKUPS, readCopySet } from '../../src/backup/read.ts';
import { backup } from '../../src/commands/backup/backup.ts';
import type { Context } from '../../src/commands/session/context.ts';
import type { Sql } from '../../src/database/connect.ts';
import { start } from '../cli/creditshift.ts';
import { contextFor, freshDatabase } from '../support/guardian.ts';
import { sharedDatabase } from '../support/migrated.ts';
import { reason } from '../support/pg-dump.ts';
import { changed, flip, rewrite } from './damage.ts';
import { newPlace, problemOf } from './support.ts';

/** As a command line has it: with the programs of this machine, or those of a folder. */
function withPrograms(url: string, PATH = process.env.PATH): Context {
  return { ...contextFor(url), target: { url, environment: { PATH } } };
}

/** A folder with a pg_dump in it that is this script, and nothing else. */
function pathWith(script: string): string {
  const folder = newPlace();
  writeFileSync(join(folder, 'pg_dump'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return folder;
}

let url: string;
let good: string;
beforeAll(async () => {
  const shared = await sharedDatabase();
  url = shared.url;
  if (!reason) good = String((await backup(withPrograms(url))).document.folder);
  return shared.drop;
});

test.skipIf(reason)(`a backup has a full dump beside it, private, and in its checksums ${reason}`, async () => {
  const { dump, withoutDump } = await readCopySet(good);
  expect(withoutDump).toBeUndefined();
  expect(dump?.files.map(f => f.name).sort()).toEqual(readdirSync(join(good, 'dump')).sort());
  for (const path of ['dump', 'dump/toc.dat']) expect(statSync(join(good, path)).mode & 0o077).toBe(0);
  execFileSync('sha256sum', ['--check', '--strict', '--quiet', 'SHA256SUMS'], { cwd: good });
  expect(readFileSync(join(good, 'SHA256SUMS'), 'utf8')).toContain('  dump/toc.dat\n');
  const list = spawnSync('pg_restore', ['--list', join(good, 'dump')], { encoding: 'utf8' });
  expect(list.stdout).toContain('TABLE DATA auth users');
});

test.skipIf(reason)(`dump and copies are of one snapshot, whatever is charged meanwhile ${reason}`, async () => {
  const { url, sql } = await freshDatabase();
  const context = withPrograms(url);
  const progress: Context['progress'] = event => {
    // Committed after the copies and before the dump is read.
    if (event.event === 'step' && event.step === 'pg_dump')
      execFileSync('psql', [url, '-qc', 'update organization_credits set credits_remaining = 7'], { stdio: 'pipe' });
  };
  const { document } = await backup({ ...context, progress });
  expect(await sql`select distinct credits_remaining as now from organization_credits`).toEqual([{ now: 7 }]);
  const rows = spawnSync(
    'pg_restore',
    ['--data-only', '--table=organization_credits', '--file=-', join(String(document.folder), 'dump')],
    {
      encoding: 'utf8',
    },
  ).stdout;
  const copied = readFileSync(join(String(document.folder), 'public.organization_credits.copy'), 'utf8');
  expect(rows).toContain('\t995\t');
  expect(copied).toContain('\t995\t');
});

test.skipIf(reason).each<[string, (dump: string) => void, string]>([
  ['a truncated file', dump => truncateSync(join(dump, 'toc.dat'), 100), 'dump/toc.dat: truncated: 100 of'],
  ['a flipped byte', dump => flip(join(dump, 'toc.dat')), 'dump/toc.dat: checksum differs'],
  ['a file missing', dump => rmSync(join(dump, 'toc.dat')), 'dump/toc.dat: missing'],
  ['no dump at all', dump => rmSync(dump, { recursive: true }), 'dump/toc.dat: missing'],
])(`a backup whose dump has %s is damaged ${reason}`, async (_, change, detail) => {
  const folder = changed(good, folder => change(join(folder, 'dump')));
  const problem = await problemOf(readCopySet(folder));
  expect(problem).toMatchObject({ code: 'BACKUP_DAMAGED' });
  expect(problem.details.join('\n')).toContain(detail);
});

test.each<[string, string, string]>([
  ['is not there', '', 'pg_dump is not in PATH'],
  [
    'is older than the server',
    'echo "pg_dump (PostgreSQL) 12.0"',
    'pg_dump is of PostgreSQL 12, the server is PostgreSQL ',
  ],
])('where pg_dump %s, one line says so, and the credit tables are copied alone', async (_, script, line) => {
  const { document, blocks } = await backup(withPrograms(url, script ? pathWith(script) : newPlace()));
  expect(document.dump).toBeNull();
  expect(blocks.filter(b => JSON.stringify(b).includes(line))).toEqual([
    { kind: 'mark', tone: 'warn', text: expect.stringMatching(`^No full dump beside it: ${line}.*\\.$`) },
  ]);
  expect(await readCopySet(String(document.folder))).toMatchObject({ withoutDump: expect.stringContaining(line) });
});

test.skipIf(reason)(`a role that may not read every table gets the credit tables, and is told ${reason}`, async () => {
  const { url, sql } = await freshDatabase();
  const role = `cs_reader_${process.pid}`;
  await sql.unsafe(`create role ${role} login bypassrls password 'x'; grant select on organizations, organization_credits,
    credit_actions, credit_consumption_logs to ${role}`);
  onTestFinished(async () => void (await sql.unsafe(`drop owned by ${role}; drop role ${role}`)));
  const login = Object.assign(new URL(url), { username: role, password: 'x' }).href;
  const { document } = await backup(withPrograms(login));
  expect(document).toMatchObject({
    dump: null,
    withoutDump: expect.stringMatching(/permission denied for (table|schema) \w+/),
  });
  expect(readdirSync(String(document.folder))).not.toContain('dump');
});

test('a password is in no words of pg_dump, and not in what it complains about', async () => {
  const talks = 'case "$*" in --version) echo "pg_dump (PostgreSQL) 99.1";; *) echo "$@" >&2; exit 1;; esac';
  const problem = await problemOf(backup(withPrograms(url, pathWith(talks))));
  expect(problem).toMatchObject({
    code: 'BACKUP_FAILED',
    details: [expect.stringMatching(/^--no-password --dbname=/)],
  });
  expect(JSON.stringify(problem)).not.toContain(`:${new URL(url).password}@`);
});

test('a full disk under pg_dump is a clear problem, and leaves nothing', async () => {
  const full =
    'case "$*" in --version) echo "pg_dump (PostgreSQL) 99.1";; *) dd if=/dev/zero of=/dev/full count=1 >&2;; esac';
  const context = withPrograms(url, `${pathWith(full)}:/usr/bin:/bin`);
  expect(await problemOf(backup(context, { out: 'mine' }))).toMatchObject({
    code: 'BACKUP_FAILED',
    message: expect.stringContaining('no space'),
  });
  expect(readdirSync(context.folder)).toEqual(['creditshift.yaml']);
});

const textOf = ({ blocks }: Awaited<ReturnType<typeof backup>>) => JSON.stringify(blocks);
const proving = (folder: string, PATH?: string) =>
  backup(withPrograms('postgres://nobody@127.0.0.1:1/none', PATH), {
    prove: true,
    backup: folder,
    server: inject('adminUrl'),
  });

test.skipIf(reason)(
  `a backup that is there is proved without its database: the dump too, with the time ${reason}`,
  async () => {
    const result = await proving(good);
    expect(result).toMatchObject({
      exitCode: 0,
      document: { folder: good, proved: true, proof: { dump: { left: [] }, faults: [] } },
    });
    expect(await readProof(good)).toMatchObject({ dump: { seconds: expect.any(Number) } });
    expect(textOf(result)).toContain('The dump too: pg_restore took ');
  },
);

test.skipIf(reason)(`where pg_restore is missing the credit tables are proved, and it is said ${reason}`, async () => {
  const result = await proving(
    changed(good, () => {}),
    newPlace(),
  );
  expect(result.document).toMatchObject({ proved: true, proof: { dumpUnproved: 'pg_restore is not in PATH' } });
  expect(textOf(result)).toContain('The dump was not restored: pg_restore is not in PATH.');
});

test.skipIf(reason)(
  `a dump of other rows and rights, whole by its checksums, is told by its restore ${reason}`,
  async () => {
    const { url, sql } = await freshDatabase();
    await sql`update organization_credits set credits_remaining = 996 where credits_remaining = 995`;
    await sql`drop policy credits_any_reader on organization_credits`;
    const other = String((await backup(withPrograms(url))).document.folder);
    const { dump } = await readCopySet(other);
    const folder = changed(good, folder => {
      rmSync(join(folder, 'dump'), { recursive: true });
      cpSync(join(other, 'dump'), join(folder, 'dump'), { recursive: true });
      rewrite(folder, { dump });
    });
    const { exitCode, document } = await proving(folder);
    expect(exitCode).toBe(5);
    expect(document).toMatchObject({
      proved: false,
      proof: {
        faults: [
          'dump: public.organization_credits: its rows are not those of the backup',
          'dump: sum of credits_remaining: 1095, not 1094',
          'dump: catalog: - function auth.role()',
          'dump: catalog: - policy public.organization_credits credits_any_reader',
        ],
      },
    });
  },
);

test.each<[string, object]>([
  ['--backup without --prove', { backup: 'mine' }],
  ['--backup and --out', { backup: 'mine', prove: true, out: 'new' }],
])('%s is a slip', async (_, options) => {
  expect(await problemOf(backup(contextFor(url), options))).toMatchObject({ code: 'USAGE' });
});

/** Who of pg_dump is on the server for that database. */
const dumping = async (sql: Sql) =>
  (await sql`select from pg_stat_activity where datname = current_database() and application_name = 'pg_dump'`).length;

test.skipIf(reason)(
  `pg_dump ends with the run: stopped nothing is left, killed nothing looks whole ${reason}`,
  async () => {
    const { url, sql } = await freshDatabase();
    await sql`create table public.other ()`;
    const context = withPrograms(url);
    await sql.begin(async tx => {
      // pg_dump waits for it.
      await tx`lock table public.other in access exclusive mode`;
      let seen = 0;
      const watching = expect.poll(async () => (seen = Math.max(seen, await dumping(sql))), { timeout: 9000 }).toBe(1);
      const stopped = problemOf(backup({ ...context, stopping: () => seen > 0 }));
      await watching;
      expect(await stopped).toMatchObject({ code: 'INTERRUPTED' });
      expect(readdirSync(join(context.folder, BACKUPS))).toEqual([]);
      await expect.poll(() => dumping(sql), { timeout: 9000 }).toBe(0);

      const run = start(['backup'], context.folder, url);
      await expect.poll(() => dumping(sql), { timeout: 9000 }).toBe(1);
      run.kill('SIGKILL');
      await expect.poll(() => dumping(sql), { timeout: 9000 }).toBe(0);
      expect(readdirSync(join(context.folder, BACKUPS))).toEqual([expect.stringMatching(/\.partial$/)]);
    });
  },
);
