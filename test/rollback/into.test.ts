import { truncateSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { backup } from '../../src/commands/backup/backup.ts';
import { type RollbackOptions, rollback } from '../../src/commands/rollback/rollback.ts';
import { status } from '../../src/commands/status.ts';
import { catalogDifference, recordedCatalog } from '../../src/database/catalog.ts';
import { takeLease } from '../../src/database/lease.ts';
import { changed } from '../backup/damage.ts';
import { newPlace, problemOf } from '../backup/support.ts';
import { start } from '../cli/creditshift.ts';
import { ADMIN, AGENZIA, contextFor, freshDatabase, migrate, VICTORY } from '../support/guardian.ts';
import { reason } from '../support/pg-dump.ts';
import { balances, into, modeOf, newName, ready, within, withPrograms } from './into.ts';

const only = test.skipIf(reason);

only(
  `the whole database is in a new one, charged for what came since; the old one is paused and readable ${reason}`,
  async () => {
    const { sql, database, context, catalog } = await ready();
    const [leaning, late] = ['00000000-0000-0000-0000-000000000008', '00000000-0000-0000-0000-000000000009'];
    const owner = '00000000-0000-0000-0000-0000000000ff';
    await sql`insert into auth.users (id, email) values (${owner}, 'new@example.test')`;
    await sql`insert into profiles (id, email) values (${owner}, 'new@example.test')`;
    await sql`insert into organizations (id, name, slug, owner_id)
            values (${late}, 'Late', 'late', null), (${leaning}, 'Leaning', 'leaning', ${owner})`;
    await sql`insert into organization_credits (organization_id, plan_name, credits_remaining)
            select id::uuid, 'premium', 50 from unnest(${[VICTORY, late, leaning]}::text[]) as id`;
    await sql`select consume_credits_rpc(${late}::uuid, 'ai_chat')`;
    const name = newName();
    const { exitCode, document, blocks } = await into(context, name, { reason: 'values in doubt' });
    expect(exitCode).toBe(0);
    expect(document).toMatchObject({
      into: name,
      left: [],
      window: null,
      replayed: {
        before: '1094',
        after: '1091',
        organizations: 2,
        later: [
          { organization: VICTORY, balance: '50', left: null },
          { organization: leaning, balance: '50', left: expect.stringContaining('foreign key') },
          { organization: late, balance: '49', left: null },
        ],
        gone: [],
      },
    });
    await within(name, async whole => {
      expect(await balances(whole)).toEqual([994, 97, 50, 49]);
      expect(await whole`select name from organizations where id = ${late}`).toEqual([{ name: 'Late' }]);
      // The next row gets a key that no carried one has.
      await whole`insert into organization_credits (organization_id, credits_remaining) values (${leaning}, 1)`;
      await whole`delete from organization_credits where organization_id = ${leaning}`;
      expect(catalogDifference(catalog, await recordedCatalog(whole))).toEqual([]);
      expect(await whole`select kept, current_setting('work_mem') as setting from other`).toEqual([
        { kept: 42, setting: '5MB' },
      ]);
      const [answer] = await whole`select consume_credits_rpc(${AGENZIA}::uuid, 'ai_chat') as answer`;
      expect(answer?.answer).toEqual({ success: true, credits_consumed: 1, credits_remaining: 96 });
    });
    const [refused] = await sql`select consume_credits_rpc(${AGENZIA}::uuid, 'ai_chat') as answer`;
    expect(refused?.answer).toMatchObject({ success: false, code: 'MAINTENANCE' });
    expect(await balances(sql)).toEqual([995, 99, 50, 50, 50]);
    const [entry] = await sql`select data from creditshift.journal where event = 'rollback'`;
    expect(entry?.data).toMatchObject({
      method: 'restore',
      into: name,
      reason: 'values in doubt',
      before: '1094',
      after: '1091',
    });
    expect(JSON.stringify(blocks)).toContain(`alter database \\"${name}\\" rename to \\"${database}\\"`);
    expect(JSON.stringify((await status(context, {})).blocks)).toContain(`point the application at ${name}`);
    expect(await problemOf(into(context, name))).toMatchObject({ code: 'DATABASE_NOT_EMPTY', exitCode: 6 });
  },
);

only(`killed at each of its parts and run again, it ends the same ${reason}`, async () => {
  const { url, sql, context } = await ready();
  const name = newName();
  const command = ['rollback', '--method', 'restore', '--into', name, '--yes'];
  const killAt = async (words: string) => {
    const run = start(command, context.folder, url);
    await run.says(words);
    run.kill('SIGKILL');
    await run.ended;
    expect(await modeOf(sql)).toBe('maintenance');
    await sql`update creditshift.lease set expires_at = clock_timestamp()`;
  };
  for (const words of ['→ pg_restore', '→ replay']) await killAt(words);
  await sql.begin(async tx => {
    // What was replayed is committed then, and what comes after it waits.
    await tx`lock table creditshift.journal in exclusive mode`;
    await killAt('✓ replay');
  });
  expect(await start(command, context.folder, url).ended).toMatchObject({ code: 0 });
  await within(name, async whole => {
    expect(await balances(whole)).toEqual([994, 97]);
    expect(
      await whole`select shobj_description(oid, 'pg_database') as mark from pg_database where datname = ${name}`,
    ).toEqual([{ mark: null }]);
  });
});

only(`what cannot be is refused before anything is changed ${reason}`, async () => {
  const { sql, database, context, good } = await ready({ charge: false });
  const name = newName();
  const refused = (options: Partial<RollbackOptions>, of = context) => problemOf(into(of, name, options));
  const { folder } = (await backup(contextFor(String(context.target.url)), { out: 'copies' })).document;
  const withoutPrograms = { ...context, target: { ...context.target, environment: { PATH: newPlace() } } };
  expect(await problemOf(into(context, database))).toMatchObject({
    code: 'DATABASE_NOT_EMPTY',
    details: expect.arrayContaining([expect.stringContaining('it has ')]),
  });
  expect(await refused({}, withoutPrograms)).toMatchObject({
    code: 'PG_DUMP_NEEDED',
    details: ['pg_restore is not in PATH'],
  });
  expect(await refused({ from: String(folder) })).toMatchObject({ code: 'BACKUP_AFTER_MIGRATION' });
  const damaged = changed(good, folder => truncateSync(join(folder, 'dump/toc.dat'), 100));
  expect(await refused({ from: damaged })).toMatchObject({ code: 'BACKUP_DAMAGED' });
  expect(await refused({ acceptUnknownWindow: true })).toMatchObject({ code: 'USAGE' });
  expect(await problemOf(into(context, name, { method: 'drop' }))).toMatchObject({ code: 'USAGE' });
  const plain = await freshDatabase();
  const foreign = String((await backup(withPrograms(plain.url))).document.folder);
  const copies = String((await backup(contextFor(plain.url))).document.folder);
  expect(await refused({ from: foreign })).toMatchObject({ code: 'BACKUP_FOREIGN' });
  const unmigrated = { ...withPrograms(plain.url) };
  expect(await refused({ from: copies }, unmigrated)).toMatchObject({
    code: 'BACKUP_MISSING',
    message: expect.stringContaining('no full dump'),
  });
  const role = `cs_no_createdb_${process.pid}`;
  await sql.unsafe(
    `create role ${role} login password 'x'; grant ${new URL(String(context.target.url)).username} to ${role}`,
  );
  onTestFinished(() => within('postgres', async admin => void (await admin.unsafe(`drop role ${role}`))));
  const asRole = new URL(String(context.target.url));
  Object.assign(asRole, { username: role, password: 'x' });
  expect(await refused({}, { ...context, target: { ...context.target, url: asRole.href } })).toMatchObject({
    code: 'PRIVILEGE_MISSING',
    message: `The role ${role} may not create databases.`,
  });
  const lease = await takeLease(sql, 'somebody else');
  expect(await refused({})).toMatchObject({ code: 'LEASE_HELD', message: expect.stringContaining('somebody else') });
  await lease.release();
  expect(await modeOf(sql)).toBe('live');
  expect(await within('postgres', admin => admin`select from pg_database where datname = ${name}`)).toHaveLength(0);
});

only(
  `where backup and balances disagree it asks before it pauses, and believes whom it is told ${reason}`,
  async () => {
    const { url, sql } = await freshDatabase();
    const context = withPrograms(url);
    await backup(context);
    await sql`select consume_credits_rpc(${ADMIN}::uuid, 'form_generation')`;
    await migrate(context);
    await sql`select consume_credits_rpc(${ADMIN}::uuid, 'email_send')`;
    const name = newName();
    expect(await problemOf(into(context, name))).toMatchObject({
      code: 'BALANCES_DIFFER',
      details: [`${ADMIN}: now 989, by the backup 994`],
    });
    expect(await modeOf(sql)).toBe('live');
    await into(context, name, { balances: 'current' });
    expect(await within(name, balances)).toEqual([989, 99]);
  },
);

only(`without the old database the unknown window is named, and has to be accepted ${reason}`, async () => {
  const { url, sql, context, database } = await ready();
  const name = newName();
  const archive = String(
    ((await rollback(context, { method: 'drop' })).document.dropped as { archive: string }).archive,
  );
  const unread = await problemOf(into(context, name));
  expect(unread).toMatchObject({ code: 'UNKNOWN_WINDOW', exitCode: 6 });
  await sql.end();
  await within('postgres', admin => admin.unsafe(`drop database ${database} with (force)`));
  expect(await problemOf(into(context, name))).toMatchObject({
    code: 'UNKNOWN_WINDOW',
    message: expect.stringMatching(/between \S+Z and \S+Z/),
  });
  const replayed = await into(context, name, { replay: archive, acceptUnknownWindow: true });
  expect(replayed.document).toMatchObject({
    window: { from: expect.any(String), to: expect.any(String) },
    replayed: { after: '1091' },
  });
  expect(await within(name, balances)).toEqual([994, 97]);
  const bare = newName();
  expect((await into(context, bare, { acceptUnknownWindow: true })).document).toMatchObject({
    replayed: { after: '1094' },
  });
  expect(url).toContain(database);
});

only(`after the legacy was dropped for good it is the way back ${reason}`, async () => {
  const { context } = await ready();
  await migrate(context, { to: 'contract' });
  await migrate(context, { to: 'contract', dropLegacy: true });
  const name = newName();
  await into(context, name);
  expect(await within(name, balances)).toEqual([994, 97]);
});
