import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeOneForm } from '../../src/backup/form.ts';
import { fileOf, loadCopyFile, newestBackup, readCopySet } from '../../src/backup/read.ts';
import { backup } from '../../src/commands/backup/backup.ts';
import { parseQualified } from '../../src/config/names.ts';
import { recordedCatalog } from '../../src/database/catalog.ts';
import type { Sql } from '../../src/database/connect.ts';
import { ADMIN, AGENZIA, contextFor, freshDatabase } from '../support/guardian.ts';
import { migrateTo } from '../support/migrated.ts';
import { problemOf, withServer, withSettings } from './support.ts';

const folderOf = ({ document }: Awaited<ReturnType<typeof backup>>): string => String(document.folder);
const textOf = (result: Awaited<ReturnType<typeof backup>>): string => JSON.stringify(result.blocks);

test('a backup holds the credit tables, key and name of organizations, and every definition', async () => {
  const { url, sql } = await freshDatabase();
  const context = contextFor(url);
  const result = await backup(context);
  const folder = folderOf(result);
  expect(folder).toMatch(/\/creditshift-backups\/cs_[^/]+-\d{4}-\d\d-\d\dT\d{6}\.\d{3}Z$/);
  const manifest = await readCopySet(folder);
  expect(manifest.files.map(({ name, columns, rows }) => [name, columns.length, rows])).toEqual([
    ['public.organizations', 2, 3],
    ['public.credit_actions', 4, 8],
    ['public.credit_consumption_logs', 10, 0],
    ['public.organization_credits', 14, 2],
  ]);
  expect(manifest.files.flatMap(f => f.columns)).not.toContain('remaining_credits');
  const definitions = await sql.begin(async tx => {
    await writeOneForm(tx);
    return recordedCatalog(tx);
  });
  expect(manifest.definitions).toEqual(definitions);
  expect(manifest.definitions.find(d => d.identity.startsWith('public.consume_credits_rpc'))?.definition).toContain(
    'v_cost',
  );
  expect(result.document).toMatchObject({ restorable: true, proved: false });
  expect(textOf(result)).toContain('not proved by a restore');
  execFileSync('sha256sum', ['--check', '--strict', '--quiet', 'SHA256SUMS'], { cwd: folder });
  const chosen = await withServer(url, (_, server) => newestBackup(context.folder, server));
  expect(chosen).toMatchObject({ folder, rejected: [] });
});

test('loading it into empty tables gives equal tables', async () => {
  const { url, sql } = await freshDatabase();
  const odd = 'a\tb\\';
  await sql`insert into credit_consumption_logs (organization_id, action_type, metadata)
            select ${AGENZIA}, ${odd}, to_jsonb(${odd}::text) from generate_series(1, 3000)`;
  const folder = folderOf(await backup(contextFor(url), { out: 'mine' }));
  const manifest = await readCopySet(folder);
  for (const table of ['organization_credits', 'credit_actions', 'credit_consumption_logs']) {
    const copy = `restored_${table}`;
    await sql.unsafe(`create table ${copy} (like ${table} including generated)`);
    const file = fileOf(folder, manifest, parseQualified(`public.${table}`));
    await sql.begin(tx => loadCopyFile(tx, folder, file, copy));
    expect(
      await sql.unsafe(`(table ${table} except table ${copy}) union all (table ${copy} except table ${table})`),
    ).toEqual([]);
    expect(await sql.unsafe(`select count(*)::integer as rows from ${copy}`)).toEqual([{ rows: file.rows }]);
  }
});

test('under concurrent charges balance and log in a backup agree to the credit', async () => {
  const { url, sql } = await freshDatabase();
  await sql`update organization_credits set credits_remaining = 1000000`;
  await sql`insert into credit_consumption_logs (credits_consumed, metadata) select 0, to_jsonb(repeat('x', 200)) from generate_series(1, 20000)`;
  let running = true;
  const charge = async (organization: string) => {
    while (running) {
      await sql.begin(async tx => {
        await tx`update organization_credits set credits_remaining = credits_remaining - 1 where organization_id = ${organization}`;
        await tx`insert into credit_consumption_logs (organization_id, credits_consumed) values (${organization}, 1)`;
      });
    }
  };
  const clients = [charge(AGENZIA), charge(ADMIN), charge(ADMIN)];
  const folders = [];
  for (let round = 0; round < 2; round++) folders.push(folderOf(await backup(contextFor(url))));
  running = false;
  await Promise.all(clients);
  const charges = [];
  for (const folder of folders) {
    const { spent, logged } = await totals(sql, folder);
    expect(spent).toBe(logged);
    charges.push(spent);
  }
  expect(charges[1]).toBeGreaterThan(charges[0] ?? 0);
});

/** Credits gone from the balances of a backup, and credits in its log. */
async function totals(sql: Sql, folder: string): Promise<{ spent: number; logged: number }> {
  const manifest = await readCopySet(folder);
  const file = (table: string) => fileOf(folder, manifest, parseQualified(`public.${table}`));
  return sql.begin(async tx => {
    await tx`create temp table b (like organization_credits) on commit drop`;
    await tx`create temp table l (like credit_consumption_logs) on commit drop`;
    await loadCopyFile(tx, folder, file('organization_credits'), 'b');
    await loadCopyFile(tx, folder, file('credit_consumption_logs'), 'l');
    const [row] = await tx<{ spent: number; logged: number }[]>`
      select (select sum(1000000 - credits_remaining) from b)::integer as spent,
             (select sum(credits_consumed) from l)::integer as logged`;
    if (!row) throw new Error('no row');
    return row;
  });
}

test('after the migration began a backup has schema creditshift too, and says that restore will refuse it', async () => {
  const { url, sql } = await freshDatabase();
  await migrateTo(sql);
  const context = contextFor(url);
  const result = await backup(context);
  const manifest = await readCopySet(folderOf(result));
  const [head] = await sql`select position, hash from creditshift.journal order by position desc limit 1`;
  expect(manifest.migration).toMatchObject({ started: true, journalHead: head });
  expect(manifest.migration.steps.at(-1)).toBe('090_cutover');
  const copied = manifest.files.map(f => f.name).filter(name => name.startsWith('creditshift.'));
  const [tables] = await sql`select count(*)::integer as n from pg_tables where schemaname = 'creditshift'`;
  expect(copied.length).toBe(tables?.n);
  expect(readFileSync(join(folderOf(result), 'public.organization_credits.copy'), 'utf8')).toContain('20000');
  expect(result.document.restorable).toBe(false);
  expect(textOf(result)).toContain('will refuse it');
  const refused = await problemOf(withServer(url, (_, server) => newestBackup(context.folder, server)));
  expect(refused).toMatchObject({
    code: 'BACKUP_MISSING',
    details: [expect.stringContaining('taken after 090_cutover')],
  });
});

test('a folder with something in it is refused, and stays', async () => {
  const { url } = await freshDatabase();
  const context = contextFor(url);
  const problem = await problemOf(backup(context, { out: '.' }));
  expect(problem).toMatchObject({ code: 'BACKUP_FAILED', exitCode: 4, message: expect.stringContaining('not empty') });
});

test('a role that row security filters gets a refusal that names the privilege', async () => {
  const { url } = await freshDatabase();
  const problem = await problemOf(backup(contextFor(withSettings(url, '-c role=authenticated'))));
  expect(problem).toMatchObject({ code: 'PRIVILEGE_MISSING', message: expect.stringContaining('row-level security') });
});
