import { expect, test } from 'vitest';
import { creditshift, start, workFolder } from '../cli/creditshift.ts';
import { freshDatabase } from '../support/guardian.ts';
import { migrateTo } from '../support/migrated.ts';
import { charge, guardedYaml, modeOf } from './guarding.ts';

async function guarded() {
  const { url, sql } = await freshDatabase();
  await migrateTo(sql);
  return { url, sql, folder: workFolder(guardedYaml()) };
}

test('one line a look on stderr, JSON lines with --json, and --for ends it', async () => {
  const { url, sql, folder } = await guarded();
  await charge(sql, 3, 1);
  const read = await creditshift(['guard', '--for', '1s'], folder, url);
  expect(read).toMatchObject({ code: 0, stdout: expect.stringMatching(/^✓ No limit was exceeded in \d+ looks?\.\n/) });
  expect(read.stderr).toMatch(
    /^ {2}\d\d:\d\d:\d\dZ {2}3 charges, 1 refusal, a charge takes [\d.]+ ms \(baseline [\d.]+ ms\)$/m,
  );
  const told = await creditshift(['guard', '--for', '1s', '--json'], folder, url);
  const lines = told.stderr
    .trim()
    .split('\n')
    .map(line => JSON.parse(line));
  expect(lines[0]).toMatchObject({ event: 'look', charges: 3, refusals: 1, unread: [], exceeded: [] });
  expect(JSON.parse(told.stdout)).toMatchObject({ looks: lines.length, exceeded: 0, rollback: null });
});

test('Ctrl-C ends it at once, between two looks too, and 5 says that a limit was exceeded', async () => {
  const { url, sql } = await guarded();
  await charge(sql, 20, 5);
  const watch = start(['guard'], workFolder(guardedYaml({ every: 3600 })), url);
  await watch.says('EXCEEDED: 20 % of 25 charges were refused in 5 min, the limit is 10 %');
  watch.kill('SIGINT');
  expect(await watch.ended).toMatchObject({ code: 5, stdout: expect.stringContaining('exceeded in 1 of 1 look.') });
  expect(await modeOf(sql)).toBe('live');
});

test('--rollback asks: without a terminal --yes has to answer', async () => {
  const { url, sql, folder } = await guarded();
  await charge(sql, 20, 5);
  const refused = await creditshift(['guard', '--rollback', 'disable'], folder, url);
  expect(refused).toMatchObject({ code: 6, stderr: expect.stringContaining('NOT_CONFIRMED') });
  const done = await creditshift(['guard', '--rollback', 'disable', '--yes'], folder, url);
  expect(done.stdout).toMatch(/^✗ A limit was exceeded in 1 of 1 look\.\n.*20 % of 25 charges[\s\S]*^✓ disable: /m);
  expect(done.code).toBe(5);
  expect(await modeOf(sql)).toBe('disabled');
});
