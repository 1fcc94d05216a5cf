import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { beforeAll, expect, test, vi } from 'vitest';
import { administer } from '../../src/disposable/admin.ts';
import { EMBEDDED, install, run, written } from './install.ts';
import { folderIn, processesNaming, temporaryPlace } from './place.ts';

const place = temporaryPlace();
const app = folderIn(place, 'app', 0o755);
const START = `
  const { startServer } = await import('./src/disposable/start.js');
  const { url, createDatabase } = await startServer();
`;

beforeAll(() => install(app, ['postgres', ...EMBEDDED]));

/** Starts a server in a child process with a temporary folder of its own; `before` runs before its URL is written. */
function startIn(name: string, then: string, before = '') {
  const folder = folderIn(place, name, 0o1777);
  return {
    folder,
    child: run(app, `process.env.TMPDIR = '${folder}'; ${START} ${before} process.stdout.write(url); ${then}`),
  };
}

async function expectNothingLeft(folder: string): Promise<void> {
  const left = () => [...readdirSync(folder), ...processesNaming(folder)];
  await vi.waitFor(() => expect(left()).toEqual([]), { timeout: 10_000, interval: 20 });
}

const ENDS = {
  'reaches its end': '',
  throws: `throw new Error('broken');`,
};

test.concurrent.each(Object.entries(ENDS))('no server is left when node %s', async (end, then) => {
  const { folder, child } = startIn(end.replaceAll(' ', '-'), then);
  expect(await written(child)).toMatch(/^postgres:/);
  await expectNothingLeft(folder);
});

test.concurrent.each(['SIGTERM', 'SIGKILL'] as const)('no server is left after %s', async signal => {
  const { folder, child } = startIn(signal, 'setInterval(() => {}, 1000);');
  const [url] = await once(child.stdout, 'data');
  expect(await administer(String(url), 'select 1 as one')).toEqual([{ one: 1 }]);
  child.kill(signal);
  await expectNothingLeft(folder);
});

test.concurrent('no server is left when node is killed while the server starts', async () => {
  const { folder, child } = startIn('early', '');
  await vi.waitFor(() => expect(readdirSync(folder)).not.toEqual([]), { timeout: 10_000, interval: 5 });
  child.kill('SIGKILL');
  await expectNothingLeft(folder);
});

test.concurrent('Ctrl-C in a terminal leaves the server to a program that still needs it', async () => {
  const { folder, child } = startIn(
    'terminal',
    'setInterval(() => {}, 1000);',
    `process.on('SIGINT', async () => {
       await createDatabase('afterwards');
       process.stdout.write(' created');
       process.exit();
     });`,
  );
  const text = written(child);
  await once(child.stdout, 'data');
  process.kill(-Number(child.pid), 'SIGINT');
  expect(await text).toMatch(/ created$/);
  await expectNothingLeft(folder);
});
