import { chownSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { serverAccount } from '../../src/disposable/account.ts';
import { addOrganizations, migrationRecords } from '../allocation/organizations.ts';
import { creditshift, workFolder } from '../cli/creditshift.ts';
import { freshDatabase, guardianYaml } from '../support/guardian.ts';
import { smallDisk } from '../support/small-disk.ts';

const ORGANIZATIONS = 20_000;
const TABLESPACE = `cs_small_${process.pid}`;
/** Bytes that the allocation finds, and does not find enough. */
const LEFT = 2 * 2 ** 20;

test('the server’s disk is full in mid-run: the cause is named, the rest is kept, and with room it goes on', async context => {
  if (process.env.TEST_DATABASE_URL) return context.skip('the server may see other disks than this test does');
  const disk = smallDisk(64 * 1024);
  if ('reason' in disk) return context.skip(disk.reason);
  const { uid = -1, gid = -1 } = serverAccount();
  chownSync(disk.place, uid, gid);
  const { url, sql } = await freshDatabase();
  await sql.unsafe(`create tablespace ${TABLESPACE} location '${disk.place}'`);
  onTestFinished(async () => {
    await sql.unsafe(
      `drop schema public, creditshift cascade; alter database ${new URL(url).pathname.slice(1)} reset all`,
    );
    await sql.unsafe(`drop tablespace ${TABLESPACE}`);
  });
  await sql.unsafe(`alter table organization_credits set tablespace ${TABLESPACE}`);
  await sql.unsafe(`alter database ${new URL(url).pathname.slice(1)} set default_tablespace = ${TABLESPACE}`);
  await addOrganizations(sql, ORGANIZATIONS);
  const { bavail, bsize } = statfsSync(disk.place);
  const ballast = join(disk.place, 'ballast');
  writeFileSync(ballast, Buffer.alloc(bavail * bsize - LEFT));

  const folder = workFolder(guardianYaml);
  const full = await creditshift(['migrate', '--yes'], folder, url);
  expect(full).toMatchObject({ code: 4, stderr: expect.stringMatching(/No space left on device[\s\S]*make room/) });
  const { records } = await migrationRecords(sql);
  expect(records).toBeGreaterThan(0);
  expect(records).toBeLessThan(ORGANIZATIONS);

  rmSync(ballast);
  expect(await creditshift(['migrate', '--yes'], folder, url)).toMatchObject({ code: 0 });
  expect(await migrationRecords(sql)).toEqual({ records: ORGANIZATIONS, organizations: ORGANIZATIONS });
  expect(await creditshift(['verify'], folder, url)).toMatchObject({ code: 0 });
});
