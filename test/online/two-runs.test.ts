import { expect, test } from 'vitest';
import { start, workFolder } from '../cli/creditshift.ts';
import { freshDatabase, guardianYaml } from '../support/guardian.ts';
import { holdAt } from './proxy.ts';

test('of two migrates one runs, and the other is told who holds the lease', async () => {
  const { url } = await freshDatabase();
  const folder = workFolder(guardianYaml);
  const { through, there, release } = await holdAt(url, /^-- pricing/);
  const first = start(['migrate'], folder, through);
  await there;
  const second = await start(['migrate'], folder, url).ended;
  release();
  expect(second).toMatchObject({ code: 3, stderr: expect.stringContaining('LEASE_HELD') });
  expect(second.stderr).toMatch(/Another run holds the lease: creditshift migrate by \w+, run [0-9a-f]{8}\./);
  expect(await first.ended).toMatchObject({ code: 0 });
});

test('of two that begin the first step at the same moment one runs, and the other is told who', async () => {
  const { url, sql } = await freshDatabase();
  const folder = workFolder(guardianYaml);
  const { through, there, release } = await holdAt(url, /^-- control/, 2);
  const runs = [start(['migrate'], folder, through), start(['migrate'], folder, through)];
  await there;
  release();
  const [one, other] = (await Promise.all(runs.map(run => run.ended))).sort((a, b) => Number(a.code) - Number(b.code));
  expect(one).toMatchObject({ code: 0 });
  expect(other).toMatchObject({ code: 3, stderr: expect.stringMatching(/holds the lease: creditshift migrate by/) });
  const [runsRecorded] = await sql`select count(*)::integer as count from creditshift.runs`;
  expect(runsRecorded).toEqual({ count: 1 });
});
