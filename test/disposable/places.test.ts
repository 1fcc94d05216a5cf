import { chmodSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { type Account, serverAccount } from '../../src/disposable/account.ts';
import { packageFiles, readPackage } from '../../src/disposable/package.ts';
import { EMBEDDED, install, run, written } from './install.ts';
import { folderIn, temporaryPlace } from './place.ts';

const place = temporaryPlace();
const app = folderIn(place, 'app', 0o755);
const SCRIPT = `
  const { startServer } = await import('./src/disposable/start.js');
  const { administer } = await import('./src/disposable/admin.js');
  const server = await startServer();
  const [row] = await administer(await server.createDatabase('works'), "select current_setting('data_directory') as data");
  const { uid } = (await import('node:fs')).statSync(row.data);
  await server.stop();
  console.log(JSON.stringify({ node: process.getuid(), server: uid }));
`;
const OWN_ACCOUNT = { node: process.getuid?.(), server: serverAccount().uid ?? process.getuid?.() };

async function startOnce(account?: Account): Promise<unknown> {
  const text = await written(run(app, SCRIPT, account));
  return text.startsWith('{') ? JSON.parse(text) : text;
}

beforeAll(() => install(app, ['postgres', ...EMBEDDED]));

beforeEach(() => {
  process.env.TMPDIR = place;
});

test('runs as a normal user, straight from the package', async () => {
  // Where the tests run as root, nobody stands for the normal user.
  expect(await startOnce(serverAccount())).toEqual({ node: OWN_ACCOUNT.server, server: OWN_ACCOUNT.server });
  expect(readdirSync(place)).toEqual(['app']);
});

test('runs when only its user may write to the temporary folder', async () => {
  process.env.TMPDIR = folderIn(place, 'tmp', 0o755);
  expect(await startOnce()).toEqual(OWN_ACCOUNT);
  expect(readdirSync(process.env.TMPDIR)).toEqual([]);
});

test('runs from a private folder whose install scripts did not run, through a copy', async () => {
  const source = readPackage(join(app, 'node_modules', EMBEDDED[1] ?? ''));
  const links = packageFiles(source).filter(({ path, content }) => path !== content);
  for (const { path } of links) rmSync(join(source.folder, path), { force: true });
  chmodSync(app, 0o700);

  expect(await startOnce()).toEqual(OWN_ACCOUNT);
  const copies = readdirSync(place).filter(name => name.startsWith('creditshift-'));
  expect(copies).toEqual([`creditshift-postgres-${source.version}-${process.getuid?.()}`]);
});
