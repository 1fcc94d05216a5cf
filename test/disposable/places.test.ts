import { chmodSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Account, serverAccount } from '../../src/disposable/account.ts';
import { packageFiles, readPackage } from '../../src/disposable/package.ts';
import { EMBEDDED, install, run, written } from './install.ts';
import { folderIn, temporaryPlace } from './place.ts';

const place = temporaryPlace();
const ONCE = `
  const { startServer } = await import('./src/disposable/start.js');
  const { administer } = await import('./src/disposable/admin.js');
  const server = await startServer();
  const [row] = await administer(await server.createDatabase('works'), "select current_setting('data_directory') as data");
  const { uid } = (await import('node:fs')).statSync(row.data);
  await server.stop();
  console.log(JSON.stringify({ node: process.getuid(), server: uid }));
`;

async function startOnce(app: string, account?: Account): Promise<unknown> {
  const text = await written(run(app, ONCE, account));
  return text.startsWith('{') ? JSON.parse(text) : text;
}

test('runs as a normal user, straight from the package', async () => {
  const app = folderIn(place, 'open', 0o755);
  install(app, ['postgres', ...EMBEDDED]);
  // Where the tests run as root, nobody stands for the normal user.
  const { uid = process.getuid?.() } = serverAccount();
  expect(await startOnce(app, serverAccount())).toEqual({ node: uid, server: uid });
  expect(readdirSync(place)).toEqual(['open']);
});

test('runs from a private folder whose install scripts did not run, through a copy made once', async () => {
  const app = folderIn(place, 'private', 0o700);
  install(app, ['postgres', ...EMBEDDED]);
  const source = readPackage(join(app, 'node_modules', EMBEDDED[1] ?? ''));
  const links = packageFiles(source).filter(({ path, content }) => path !== content);
  for (const { path } of links) rmSync(join(source.folder, path), { force: true });

  const expected = { node: process.getuid?.(), server: serverAccount().uid ?? process.getuid?.() };
  expect(await startOnce(app)).toEqual(expected);
  const [copy, ...others] = readdirSync(place).filter(name => name.startsWith('creditshift-'));
  expect(others).toEqual([]);
  expect(copy).toBe(`creditshift-postgres-${source.version}-${process.getuid?.()}`);

  const made = statSync(join(place, String(copy))).ctimeMs;
  expect(await startOnce(app)).toEqual(expected);
  expect(statSync(join(place, String(copy))).ctimeMs).toBe(made);
});

test('runs when the temporary folder is private to root', async () => {
  const app = join(place, 'open');
  const folder = folderIn(place, 'tmp', 0o700);
  process.env.TMPDIR = folder;
  chmodSync(app, 0o755);
  expect(await startOnce(app)).toMatchObject({ node: process.getuid?.() });
  process.env.TMPDIR = place;
  expect(readdirSync(folder)).toEqual([]);
});
