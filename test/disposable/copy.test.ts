import * as fs from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { cachedCopy } from '../../src/disposable/copy.ts';
import type { PlatformPackage } from '../../src/disposable/package.ts';
import { install, run, written } from './install.ts';
import { folderIn, temporaryPlace } from './place.ts';

const place = temporaryPlace();
const source: PlatformPackage = { folder: join(place, 'package'), version: '15.0.0' };
const target = join(place, `creditshift-postgres-15.0.0-${process.getuid?.()}`);

beforeEach(() => {
  folderIn(place, 'package', 0o700);
  for (const [path, text] of [
    ['native/bin/postgres', 'program'],
    ['native/lib/libpq.so.5.15', 'library'],
    ['native/share/postgresql/timezone/Europe/Rome', 'zone'],
    ['native/pg-symlinks.json', '[{"source":"native/lib/libpq.so.5.15","target":"native/lib/libpq.so.5"}]'],
  ] as const) {
    fs.mkdirSync(join(source.folder, path, '..'), { recursive: true, mode: 0o700 });
    fs.writeFileSync(join(source.folder, path), text, { mode: 0o600 });
  }
});

afterEach(() => {
  for (const name of fs.readdirSync(place)) fs.rmSync(join(place, name), { recursive: true });
});

function expectComplete(): void {
  for (const path of ['', 'native', 'native/share/postgresql/timezone/Europe', 'native/bin/postgres']) {
    expect(fs.statSync(join(target, path)).mode & 0o777).toBe(0o755);
  }
  expect(fs.readFileSync(join(target, 'native/lib/libpq.so.5'), 'utf8')).toBe('library');
  expect(fs.readFileSync(join(target, 'native/share/postgresql/timezone/Europe/Rome'), 'utf8')).toBe('zone');
  expect(fs.readdirSync(place).filter(name => name.startsWith('creditshift-'))).toHaveLength(1);
}

test('a copy is complete with its links, readable by every user, and made once', () => {
  expect(cachedCopy(source, place)).toEqual({ folder: target, version: '15.0.0' });
  expectComplete();
  const { mtimeMs } = fs.statSync(place);
  expect(cachedCopy(source, place)).toEqual({ folder: target, version: '15.0.0' });
  expect(fs.statSync(place).mtimeMs).toBe(mtimeMs);
});

test('a copy that has lost files is made anew', () => {
  cachedCopy(source, place);
  fs.rmSync(join(target, 'native/share'), { recursive: true });
  cachedCopy(source, place);
  expectComplete();
});

test('a copy that another user owns, or may write to, is refused', () => {
  cachedCopy(source, place);
  fs.chmodSync(target, 0o777);
  expect(() => cachedCopy(source, place)).toThrow(/not this user's own/);
  if (process.getuid?.() !== 0) return;
  fs.chmodSync(target, 0o755);
  fs.chownSync(target, 65534, 65534);
  expect(() => cachedCopy(source, place)).toThrow(/not this user's own/);
});

test('many processes can make the same copy at once', async () => {
  const app = folderIn(place, 'app', 0o755);
  install(app, []);
  const script = `
    const { cachedCopy } = await import('./src/disposable/copy.js');
    while (Date.now() < ${Date.now() + 700});
    console.log(cachedCopy(${JSON.stringify(source)}, '${place}').folder);
  `;
  const children = Array.from({ length: 6 }, () => written(run(app, script)));
  expect(new Set(await Promise.all(children))).toEqual(new Set([`${target}\n`]));
  expectComplete();
});
