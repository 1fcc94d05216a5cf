import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'libpg-query';
import { expect, test } from 'vitest';
import { plan } from '../../src/commands/plan/plan.ts';
import { verify } from '../../src/commands/verify.ts';
import { recordedCatalog } from '../../src/database/catalog.ts';
import type { Sql } from '../../src/database/connect.ts';
import { namesFor } from '../../src/plan/names.ts';
import { problemOf } from '../backup/support.ts';
import { contextFor, freshDatabase, guardianYaml, migrate } from '../support/guardian.ts';

/** Every file of the folder in the order of its name, as psql -1 runs it. */
async function runAll(sql: Sql, folder: string, names: readonly string[]): Promise<void> {
  for (const name of names) await sql.begin(tx => tx.unsafe(readFileSync(join(folder, name), 'utf8')));
}
const steps = async (sql: Sql) =>
  (await sql`select step, checksum, stage from creditshift.history order by step`).map(row => ({ ...row }));

test('files that another tool runs are steps like any other: migrate goes on behind them, and verify finds nothing', async () => {
  const { url, sql } = await freshDatabase();
  const context = contextFor(url);
  const folder = join(context.folder, 'sql');
  const write = (options: object = {}) => plan(context, { sql: true, out: 'sql', naming: 'flyway', ...options });
  const onlyV = () =>
    readdirSync(folder)
      .filter(name => /^V.*\.sql$/.test(name))
      .sort((a, b) => Number.parseInt(a.slice(1), 10) - Number.parseInt(b.slice(1), 10));

  // The control stage keeps what was there before; only creditshift can.
  expect((await write()).document).toMatchObject({ files: [], next: '010_control' });
  await migrate(context, { to: 'control' });
  const before = await recordedCatalog(sql);
  mkdirSync(folder);
  writeFileSync(join(folder, 'V7__earlier.sql'), '-- the team’s own');
  expect((await write()).document).toMatchObject({ next: '060_allocate' });
  const first = onlyV().slice(1);
  expect(first).toEqual([
    'V8__creditshift_020_expand_balances.sql',
    'V9__creditshift_030_expand_actions.sql',
    'V10__creditshift_040_expand_log.sql',
    'V11__creditshift_050_functions.sql',
    'V12__creditshift_055_triggers.sql',
  ]);
  for (const name of readdirSync(folder)) await parse(readFileSync(join(folder, name), 'utf8'));
  expect(await problemOf(write())).toMatchObject({
    code: 'USAGE',
    details: expect.arrayContaining([first[0], 'U8__creditshift_020_expand_balances.sql']),
  });

  // On a database that nothing is migrated on, as a shadow database is, they do nothing; of another one they are refused.
  const empty = await freshDatabase();
  const untouched = await recordedCatalog(empty.sql);
  await runAll(empty.sql, folder, first);
  expect(await recordedCatalog(empty.sql)).toEqual(untouched);
  await migrate(contextFor(empty.url, guardianYaml.replace('price: 19', 'price: 29')), { to: 'control' });
  await expect(runAll(empty.sql, folder, first)).rejects.toThrow('this file is of another database or configuration');

  await expect(runAll(sql, folder, first.slice(1))).rejects.toThrow(
    '020_expand_balances comes before 030_expand_actions',
  );
  await runAll(sql, folder, first);
  await runAll(sql, folder, first);
  await runAll(
    sql,
    folder,
    first.toReversed().map(name => name.replace(/^V/, 'U')),
  );
  expect(await recordedCatalog(sql)).toEqual(before);
  await runAll(sql, folder, first);

  await migrate(context, { to: 'allocate' });
  expect((await write({ to: 'index' })).document).toMatchObject({ next: null });
  const second = onlyV().slice(6);
  expect(second).toEqual([
    'V13__creditshift_070_validate.sql',
    'V14__creditshift_080_index_1.sql',
    'V15__creditshift_080_index_2.sql',
  ]);
  expect(readFileSync(join(folder, `${second[1]}.conf`), 'utf8')).toBe('executeInTransaction=false\n');
  await runAll(sql, folder, second.slice(0, 1));
  for (const name of second.slice(1)) await sql.unsafe(readFileSync(join(folder, name), 'utf8'));
  expect((await migrate(context)).document).toMatchObject({ applied: ['080_index', '090_cutover'] });
  expect(await verify(context)).toMatchObject({ exitCode: 0 });

  // Step by step what creditshift itself would have recorded.
  const twin = await freshDatabase();
  await migrate(contextFor(twin.url));
  expect(await steps(sql)).toEqual(await steps(twin.sql));
  expect(await recordedCatalog(sql)).toEqual(await recordedCatalog(twin.sql));
});

test('each tool finds files that it knows, behind those that it has', () => {
  const titles = ['020_expand_balances', '030_expand_actions'];
  const now = new Date('2026-11-22T23:59:59Z');
  expect(namesFor('plain', titles, [], now).map(n => n.forward)).toEqual([
    '020_expand_balances.sql',
    '030_expand_actions.sql',
  ]);
  expect(namesFor('supabase', titles, ['20260101000000_init.sql'], now).map(n => n.forward)).toEqual([
    '20261122235959_creditshift_020_expand_balances.sql',
    '20261123000000_creditshift_030_expand_actions.sql',
  ]);
  expect(namesFor('prisma', titles, ['20261231235959_later', 'migration_lock.toml'], now).map(n => n.forward)).toEqual([
    '20270101000000_creditshift_020_expand_balances/migration.sql',
    '20270101000001_creditshift_030_expand_actions/migration.sql',
  ]);
  expect(namesFor('flyway', titles, ['V9__a.sql', 'V10.1__b.sql', 'R__c.sql'], now)).toEqual([
    {
      forward: 'V11__creditshift_020_expand_balances.sql',
      undo: 'U11__creditshift_020_expand_balances.sql',
      settings: 'V11__creditshift_020_expand_balances.sql.conf',
    },
    {
      forward: 'V12__creditshift_030_expand_actions.sql',
      undo: 'U12__creditshift_030_expand_actions.sql',
      settings: 'V12__creditshift_030_expand_actions.sql.conf',
    },
  ]);
});
