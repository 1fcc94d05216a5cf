import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { administer } from '../../src/disposable/admin.ts';
import { ABANDONED } from '../../src/disposable/claim.ts';
import type { DisposableServer } from '../../src/disposable/server.ts';
import { startServer } from '../../src/disposable/start.ts';
import { install, run } from './install.ts';
import { folderIn, temporaryPlace } from './place.ts';

const place = temporaryPlace();
let lender: DisposableServer;

beforeAll(async () => {
  lender = await startServer();
  await lender.createDatabase('theirs');
});

afterAll(() => lender?.stop());

async function databases(): Promise<unknown[]> {
  const rows = await administer(lender.url, 'select datname from pg_database where not datistemplate order by 1');
  return rows.map(row => String(row.datname).replace(/^(creditshift)_[0-9a-f]{8}_/, '$1: '));
}

test('a borrowed server loses the databases of this run, and no others', async () => {
  const borrowed = await startServer({ server: lender.url });
  expect(borrowed.label).toBe(`PostgreSQL 15.18 at ${new URL(lender.url).host}/postgres`);
  await borrowed.createDatabase('mine');
  const copy = await borrowed.createDatabase('mine too', 'mine');
  await borrowed.createDatabase('soon gone');
  await borrowed.dropDatabase('soon gone');
  await borrowed.createDatabase('theirs', 'theirs');
  await borrowed.dropDatabase('theirs');
  await expect(borrowed.dropDatabase('theirs')).rejects.toThrow('was not created in this run');
  expect(await databases()).toEqual(['creditshift: mine', 'creditshift: mine too', 'postgres', 'theirs']);
  expect(await administer(copy, 'select 1 as one')).toEqual([{ one: 1 }]);
  await borrowed.stop();
  await borrowed.stop();
  expect(await databases()).toEqual(['postgres', 'theirs']);
});

test('the databases of a run that was killed are dropped by the next, those of one at work are not', async () => {
  const app = folderIn(place, 'app', 0o755);
  install(app, ['postgres']);
  const killed = run(
    app,
    `const { startServer } = await import('./src/disposable/start.js');
     const server = await startServer({ server: '${lender.url}' });
     console.log(await server.createDatabase('left'));
     setInterval(() => {}, 1000);`,
  );
  expect(String(await once(killed.stdout, 'data').then(([data]) => data))).toMatch(/_left\?/);
  await (await startServer({ server: lender.url })).stop();
  expect(await databases()).toEqual(['creditshift: left', 'postgres', 'theirs']);
  killed.kill('SIGKILL');
  await vi.waitFor(async () => expect(await administer(lender.url, ABANDONED)).toHaveLength(1), 10_000);
  await (await startServer({ server: lender.url })).stop();
  expect(await databases()).toEqual(['postgres', 'theirs']);
});

test('a URL means what it means to libpq, and no variable sends it elsewhere', async () => {
  const { password, host } = new URL(lender.url);
  const file = join(place, 'passwords');
  writeFileSync(file, `*:*:*:*:${password}\n`, { mode: 0o600 });
  const elsewhere = { PGHOSTADDR: '192.0.2.1', PGPORT: '1', PGDATABASE: 'nowhere', PGSERVICE: 'production' };
  const hosts = `127.0.0.1:1,${host}`;
  for (const [environment, server] of [
    [{ PGPASSWORD: password }, `postgresql://postgres@${hosts}/postgres`],
    [{ PGPASSFILE: file }, `postgresql://postgres@${hosts}/postgres?sslmode=prefer`],
    [{ PGUSER: 'nobody' }, `postgresql://${hosts}/?dbname=postgres&user=postgres&passfile=${file}`],
  ] as const) {
    const borrowed = await startServer({ server }, undefined, { ...elsewhere, ...environment });
    expect(await administer(await borrowed.createDatabase('libpq'), 'select 1 as one')).toEqual([{ one: 1 }]);
    await borrowed.stop();
  }
});

test('a role that may not create databases is told so before anything happens', async () => {
  await administer(lender.url, `create role "no-body" login password 'x'`);
  const url = new URL(lender.url);
  url.username = 'no-body';
  url.password = 'x';
  await expect(startServer({ server: url.href })).rejects.toMatchObject({
    code: 'PRIVILEGE_MISSING',
    next: 'As a superuser of that server: ALTER ROLE "no-body" CREATEDB',
  });
});

test('a server that does not let us in is a problem that does not show the password', async () => {
  const url = new URL(lender.url);
  url.password = 'sesame';
  const problem = await startServer({ server: url.href }).catch(error => error);
  expect(problem).toMatchObject({
    code: 'WRONG_PASSWORD',
    message: expect.stringContaining('password authentication failed'),
    next: expect.stringContaining('--server'),
  });
  expect(problem.message + problem.next + problem.details).not.toContain('sesame');
});
