import { afterAll, beforeAll, expect, test } from 'vitest';
import { administer } from '../../src/disposable/admin.ts';
import type { DisposableServer } from '../../src/disposable/server.ts';
import { startServer } from '../../src/disposable/start.ts';
import { temporaryPlace } from './place.ts';

temporaryPlace();
let lender: DisposableServer;

beforeAll(async () => {
  lender = await startServer();
  await lender.createDatabase('theirs');
});

afterAll(() => lender?.stop());

async function databases(): Promise<unknown[]> {
  const rows = await administer(lender.url, 'select datname from pg_database where not datistemplate order by 1');
  return rows.map(row => row.datname);
}

test('a borrowed server loses the databases of this run, and no others', async () => {
  const borrowed = await startServer({ server: lender.url });
  expect(borrowed.label).toBe(`PostgreSQL 15.18 at ${new URL(lender.url).host}`);
  await borrowed.createDatabase('mine');
  await borrowed.createDatabase('mine too', 'mine');
  await borrowed.createDatabase('soon gone');
  await borrowed.dropDatabase('soon gone');
  await expect(borrowed.createDatabase('theirs')).rejects.toThrow('already exists');
  await expect(borrowed.dropDatabase('theirs')).rejects.toThrow('was not created in this run');
  expect(await databases()).toEqual(['mine', 'mine too', 'postgres', 'theirs']);
  await borrowed.stop();
  await borrowed.stop();
  expect(await databases()).toEqual(['postgres', 'theirs']);
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
    code: 'CANNOT_CONNECT',
    details: [expect.stringContaining('password authentication failed')],
  });
  expect(problem.message + problem.next + problem.details).not.toContain('sesame');
});
