import { expect, test } from 'vitest';
import { creditshift, start, workFolder } from '../cli/creditshift.ts';
import { freshDatabase, guardianYaml } from '../support/guardian.ts';
import { writer } from './clients.ts';

test('a second terminal sees the run, how far it is and whom it waits for, and can follow it to its end', async () => {
  const { url, sql } = await freshDatabase();
  const folder = workFolder(guardianYaml);
  expect((await creditshift(['migrate', '--to', '070_validate'], folder, url)).code).toBe(0);
  const end = await writer(sql);
  const run = start(['migrate', '--to', 'index'], folder, url);
  await run.says('waiting for writers before build, for pid');

  const followed = start(['status', '--watch', '--json'], workFolder(), url);
  await followed.says('waiting for writers before build');
  const seen = JSON.parse((await creditshift(['status', '--json'], workFolder(), url)).stdout);
  expect(seen).toMatchObject({
    lease: { holder: expect.stringMatching(/^creditshift migrate by .*, run [0-9a-f]{8}$/) },
    underWay: {
      command: 'migrate',
      progress: { event: 'index', step: '080_index', index: 'creditshift_log_sequence' },
      waitsFor: [{ application: 'a long import', query: expect.stringContaining('insert into') }],
    },
    next: expect.stringContaining('wait for creditshift migrate'),
  });
  const read = (await creditshift(['status'], workFolder(), url)).stdout;
  expect(read).toMatch(/^Under way: migrate since \d{4}/m);
  expect(read).toMatch(/^creditshift_log_sequence {2}waiting for writers before build, for pid \d+ \(a long import\)/m);
  expect(read).toMatch(/^! waits for pid \d+ \(a long import\) since 00:0\d:\d\d: select set_config/m);

  const left = start(['status', '--watch'], workFolder(), url);
  await left.says('waiting for writers before build');
  left.kill('SIGINT');
  expect(await left.ended).toMatchObject({ code: 130, stdout: expect.stringContaining('Under way: migrate') });

  await end();
  expect((await run.ended).code).toBe(0);
  const { code, stdout, stderr } = await followed.ended;
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ lease: null, underWay: null });
  expect(
    stderr
      .trim()
      .split('\n')
      .map(line => JSON.parse(line).event),
  ).toContain('index');
});

test('a killed run is no longer under way once its lease has ended', async () => {
  const { url, sql } = await freshDatabase();
  const folder = workFolder(guardianYaml);
  expect((await creditshift(['migrate', '--to', '070_validate'], folder, url)).code).toBe(0);
  const end = await writer(sql);
  const run = start(['migrate', '--to', 'index'], folder, url);
  await run.says('waiting for writers');
  run.kill('SIGKILL');
  await run.ended;
  await end();
  const seen = async () => JSON.parse((await creditshift(['status', '--watch', '--json'], folder, url)).stdout);
  await sql`update creditshift.lease set expires_at = clock_timestamp()`;
  expect(await seen()).toMatchObject({ underWay: null, runs: [{ outcome: null }, { outcome: 'done' }] });
});
