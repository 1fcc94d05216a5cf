import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test, vi } from 'vitest';
import { processesNaming } from '../disposable/place.ts';
import { creditshift, start, workFolder } from './creditshift.ts';

const root = resolve(import.meta.dirname, '../..');

/** A copy of the built package, one file of its example changed. */
function packageWith(file: string, from: string, to: string): string {
  const folder = workFolder();
  for (const part of ['bin', 'dist', 'migrations', 'rollback', 'reports', 'examples', 'package.json']) {
    cpSync(join(root, part), join(folder, part), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const text = readFileSync(join(folder, 'examples', file), 'utf8');
  expect(text).toContain(from);
  writeFileSync(join(folder, 'examples', file), text.replace(from, to));
  return folder;
}

test.each([
  ['a balance of before', 'guardian-legacy.sql', '1000, 1000', '1001, 1001', 'expected 995,99'],
  ['what a plan gives', 'guardian.yaml', 'grant: { ai: 200', 'grant: { ai: 201', '"remaining": {"ai": 199}'],
])('the demo fails where %s is another, and leaves no server', async (_, file, from, to, words) => {
  const folder = workFolder();
  const run = start(['demo'], folder, undefined, { package: packageWith(file, from, to), temporary: folder });
  const { code, stderr } = await run.ended;
  expect({ code, says: stderr.includes(words) ? words : stderr }).toEqual({ code: 5, says: words });
  expect(processesNaming(folder)).toEqual([]);
});

test.each(['SIGTERM', 'SIGKILL'] as const)('the demo leaves no server behind when %s ends it', async signal => {
  const folder = workFolder();
  const run = start(['demo'], folder, undefined, { temporary: folder });
  await run.says('060_allocate');
  run.kill(signal);
  if (signal === 'SIGTERM') run.kill(signal);
  expect((await run.ended).code).not.toBe(0);
  await vi.waitFor(() => expect(processesNaming(folder)).toEqual([]), { timeout: 10_000, interval: 20 });
});

test('the demo deletes nothing in a folder that was named', async () => {
  const folder = workFolder();
  mkdirSync(join(folder, 'mine'));
  writeFileSync(join(folder, 'mine/notes.txt'), 'kept');
  const { code, stderr } = await creditshift(['demo', '--out', 'mine'], folder);
  expect({ code, kept: readdirSync(join(folder, 'mine')) }).toEqual({ code: 2, kept: ['notes.txt'] });
  expect(stderr).toContain('is not empty');
});
