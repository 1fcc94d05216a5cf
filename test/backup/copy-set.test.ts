import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadCopyFile, readCopySet } from '../../src/backup/read.ts';
import { sqlstate } from '../../src/database/errors.ts';
import { AGENZIA, freshDatabase } from '../support/guardian.ts';
import { BALANCES, copyTable, LOG, newPlace, problemOf, withServer, withSettings, write } from './support.ts';

test('all files are of one moment: a charge that commits between two of them is in neither', async () => {
  const { url, sql } = await freshDatabase();
  const folder = join(newPlace(), 'set');
  const gate = await sql.reserve();
  await gate`select pg_advisory_lock(1)`;
  const charge = sql.begin.bind(sql);
  let charged: Promise<unknown> | undefined;
  const manifest = await write(
    url,
    folder,
    [BALANCES, copyTable('public.gate', ['key'], 'select pg_advisory_lock(1)::text'), LOG],
    {
      stopping: () => false,
      progress: event => {
        if (event.event !== 'done' || event.step !== 'public.organization_credits') return;
        charged = charge(async tx => {
          await tx`update organization_credits set credits_remaining = credits_remaining - 1 where organization_id = ${AGENZIA}`;
          await tx`insert into credit_consumption_logs (organization_id, credits_consumed) values (${AGENZIA}, 1)`;
        }).finally(() => gate`select pg_advisory_unlock(1)`);
      },
    },
  );
  await charged;
  gate.release();
  const rows = Object.fromEntries(manifest.files.map(f => [f.table, f.rows]));
  expect(rows['"public"."credit_consumption_logs"']).toBe(0);
  expect(readFileSync(join(folder, 'public.organization_credits.copy'), 'utf8')).toContain(`${AGENZIA}\t99\n`);
  expect(await sql`select credits_remaining from organization_credits where organization_id = ${AGENZIA}`).toEqual([
    { credits_remaining: 98 },
  ]);
});

const ODD = [
  '',
  ' ',
  'a\tb',
  'line\nline',
  'cr\r\n',
  '\\',
  '\\N',
  '\\.',
  '\\t',
  'it\'s "quoted"',
  'è € 漢 🂡',
  '\u0001\u007f',
  null,
];

test('odd values come back as they were', async () => {
  const { url, sql } = await freshDatabase();
  await sql`create table "Odd ""one""/two" (
    id integer generated always as identity, "text" text, twice integer generated always as (id * 2) stored,
    bytes bytea, number numeric, real double precision, at timestamptz, span interval, list text[], document jsonb)`;
  for (const text of ODD) {
    await sql`insert into "Odd ""one""/two" ("text", bytes, number, real, at, span, list, document)
      values (${text}, '\\x00ff0a5c', 'NaN', 0.1::float8 + 0.2::float8, '0044-03-15 12:00:00.000001+00 BC',
              '-1 mons +2 days -03:04:05.6', array[${text}, null], ${JSON.stringify({ text })}::text::jsonb)`;
  }
  const folder = join(newPlace(), 'set');
  const columns = ['id', 'text', 'bytes', 'number', 'real', 'at', 'span', 'list', 'document'];
  const table = copyTable('public.Odd_one_two', columns, 'select * from (select * from "Odd ""one""/two") as o');
  const wanted = {
    ...table,
    query: `select id, "text", bytes, number, real, at, span, list, document from public."Odd ""one""/two"`,
  };
  const { files } = await write(
    withSettings(url, '-c datestyle=German -c intervalstyle=sql_standard -c extra_float_digits=-5'),
    folder,
    [wanted],
  );
  expect(files[0]).toMatchObject({ rows: ODD.length, columns });
  await sql`create table back (like "Odd ""one""/two")`;
  await withServer(withSettings(url, '-c intervalstyle=sql_standard'), other =>
    other.begin(tx => loadCopyFile(tx, folder, file(files), 'public.back')),
  );
  const differing = await sql`
    select from (select id, "text", bytes, number, real, at, span, list, document from "Odd ""one""/two") as a
      full join (select id, "text", bytes, number, real, at, span, list, document from back) as b on a = b
     where a is null or b is null`;
  expect(differing.length).toBe(0);
  expect(await sql`select count(*)::integer as rows from back`).toEqual([{ rows: ODD.length }]);
});

const file = <T>(files: T[]): T => {
  if (!files[0]) throw new Error('no file');
  return files[0];
};

test('an empty table is an empty file, and comes back empty', async () => {
  const { url, sql } = await freshDatabase();
  const folder = join(newPlace(), 'set');
  const { files } = await write(url, folder, [LOG]);
  expect(files).toMatchObject([{ rows: 0, bytes: 0 }]);
  await readCopySet(folder);
  await sql.begin(tx => loadCopyFile(tx, folder, file(files), '"credit_consumption_logs"'));
});

test('partitions and inherited children are part of their table', async () => {
  const { url, sql } = await freshDatabase();
  await sql.unsafe(`create table parted (a integer) partition by list (a);
    create table parted_1 partition of parted for values in (1); insert into parted values (1);
    create table parent (a integer); create table child () inherits (parent);
    insert into parent values (1); insert into child values (2)`);
  const tables = [copyTable('public.parted', ['a']), copyTable('public.parent', ['a'])];
  const { files } = await write(url, join(newPlace(), 'set'), tables);
  expect(files.map(f => f.rows)).toEqual([1, 2]);
});

test('only the owner can read it', async () => {
  const { url } = await freshDatabase();
  const place = newPlace();
  await write(url, join(place, 'new', 'set'), [BALANCES]);
  const mode = (...path: string[]) => statSync(join(place, 'new', ...path)).mode & 0o777;
  expect([mode(), mode('set')]).toEqual([0o700, 0o700]);
  expect(readdirSync(join(place, 'new/set')).map(name => mode('set', name))).toEqual([0o600, 0o600, 0o600]);
});

test('a table that row security would filter is refused, never copied in part', async () => {
  const { url } = await freshDatabase();
  const place = newPlace();
  const refused = await write(withSettings(url, '-c role=authenticated'), join(place, 'set'), [BALANCES]).catch(
    sqlstate,
  );
  expect(refused).toBe('42501');
  expect(readdirSync(place)).toEqual([]);
});

test('a connection that is lost half way leaves nothing behind', async () => {
  const { url, sql } = await freshDatabase();
  const place = newPlace();
  const endless = copyTable('public.endless', ['a'], 'select generate_series(1, 2000000000)');
  const written = write(url, join(place, 'set'), [endless]).catch(error => error);
  let ended = 0;
  while (ended === 0) {
    ended = (
      await sql`select pg_terminate_backend(pid) from pg_stat_activity
                 where datname = current_database() and state = 'active' and query like 'copy%'`
    ).count;
  }
  expect(await written).toBeInstanceOf(Error);
  expect(readdirSync(place)).toEqual([]);
});

test('stopped by the user it ends at once, leaves nothing behind, and the connection can be used again', async () => {
  const { url } = await freshDatabase();
  const place = newPlace();
  const endless = copyTable('public.endless', ['a'], 'select generate_series(1, 2000000000)');
  const watch = { progress: () => {}, stopping: () => true };
  expect(await problemOf(write(url, join(place, 'set'), [endless], watch))).toMatchObject({ code: 'INTERRUPTED' });
  expect(readdirSync(place)).toEqual([]);
});

test('a folder with something in it, or one that another run writes, is left alone', async () => {
  const { url } = await freshDatabase();
  const place = newPlace();
  mkdirSync(join(place, 'full'));
  writeFileSync(join(place, 'full/mine.txt'), 'mine');
  mkdirSync(join(place, 'other.partial'));
  mkdirSync(join(place, 'empty'));
  const full = await problemOf(write(url, join(place, 'full'), [BALANCES]));
  expect(full).toMatchObject({ code: 'BACKUP_FAILED', message: expect.stringContaining('not empty') });
  expect(readdirSync(join(place, 'full'))).toEqual(['mine.txt']);
  const other = await problemOf(write(url, join(place, 'other'), [BALANCES]));
  expect(other).toMatchObject({ code: 'BACKUP_FAILED', message: expect.stringContaining('other.partial') });
  const below = await problemOf(write(url, join(place, 'full/mine.txt/set'), [BALANCES]));
  expect(below).toMatchObject({ code: 'BACKUP_FAILED', message: expect.stringContaining('ENOTDIR') });
  await write(url, join(place, 'empty'), [BALANCES]);
  expect(readdirSync(place).sort()).toEqual(['empty', 'full', 'other.partial']);
});

test('rows that the target refuses are an error, also when it comes after the last byte', async () => {
  const { url, sql } = await freshDatabase();
  const folder = join(newPlace(), 'set');
  const { files } = await write(url, folder, [copyTable('public.twice', ['a'], 'values (1), (1)')]);
  await sql`create table target (a integer unique)`;
  const state = await sql.begin(tx => loadCopyFile(tx, folder, file(files), 'target')).catch(sqlstate);
  expect(state).toBe('23505');
  expect(await sql.begin(tx => loadCopyFile(tx, folder, file(files), 'nowhere')).catch(sqlstate)).toBe('42P01');
  expect(await sql`select from target`).toEqual([]);
});
