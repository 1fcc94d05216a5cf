import { readdirSync, statSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { dirname } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { administer } from '../../src/disposable/admin.ts';
import { startEmbedded } from '../../src/disposable/embedded.ts';
import { freePort } from '../../src/disposable/port.ts';
import type { DisposableServer } from '../../src/disposable/server.ts';
import { startServer } from '../../src/disposable/start.ts';
import { folderIn, orphanName, processesNaming, temporaryPlace } from './place.ts';

const place = temporaryPlace();
const started: DisposableServer[] = [];

async function start(begin = () => startServer()): Promise<DisposableServer> {
  const server = await begin();
  started.push(server);
  return server;
}

/** This port first, then free ones. */
function first(port: number): typeof freePort {
  const ports = [port];
  return async () => ports.pop() ?? freePort();
}

afterEach(async () => {
  for (const server of started.splice(0)) await server.stop();
});

const SETTINGS = ['listen_addresses', 'unix_socket_directories', 'dynamic_shared_memory_type', 'fsync', 'TimeZone'];

test('two servers at once, of two versions, each private, and nothing left of either or of one before', async () => {
  folderIn(place, orphanName('before'), 0o700);
  const versions = ['15', '18'];
  const servers = await Promise.all(versions.map(postgres => start(() => startServer({ postgres }))));
  for (const [index, { label, url }] of servers.entries()) {
    expect(label).toMatch(new RegExp(`^embedded PostgreSQL ${versions[index]}\\.\\d+$`));
    expect(new URL(url).hostname).toBe('127.0.0.1');
    const settings = await administer(
      url,
      `select current_setting(name) as value from unnest('{${SETTINGS}}'::text[]) name`,
    );
    expect(settings.map(row => row.value)).toEqual(['127.0.0.1', '', 'mmap', 'off', 'UTC']);
    const [database] = await administer(
      url,
      `select pg_encoding_to_char(encoding) as encoding, datcollate, current_setting('data_directory') as data,
              (select rolsuper from pg_roles where rolname = current_user) as superuser
         from pg_database where datname = current_database()`,
    );
    expect(database).toMatchObject({ encoding: 'UTF8', datcollate: 'C', superuser: true });
    const folder = dirname(String(database?.data));
    expect(dirname(folder)).toBe(place);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(readdirSync(folder).sort()).toEqual(['data', 'log']);
  }
  expect(processesNaming(place)).not.toEqual([]);

  for (const server of servers) {
    await server.stop();
    await server.stop();
    await expect(administer(server.url, 'select 1')).rejects.toMatchObject({ code: 'CANNOT_CONNECT' });
  }
  expect(readdirSync(place)).toEqual([]);
  expect(processesNaming(place)).toEqual([]);
});

test('databases are created, also from a template and with odd names, and dropped with their connections', async () => {
  const server = await start();
  const first = await server.createDatabase('first');
  await administer(first, 'create table marked (id int)');
  const second = await server.createDatabase('Second.one"', 'first');
  expect(await administer(await server.createDatabase('third', 'first'), 'table marked')).toEqual([]);

  const sleeper = administer(first, 'select pg_sleep(600)').catch(() => 'thrown out');
  await vi.waitFor(async () => {
    expect(await administer(server.url, `select from pg_stat_activity where query like '%sleep(600)'`)).toHaveLength(1);
  }, 10_000);
  await server.dropDatabase('first');
  await server.dropDatabase('Second.one"');
  expect(await sleeper).toBe('thrown out');
  expect(second).toContain('/Second.one%22');
  const left = await administer(server.url, 'select datname from pg_database where not datistemplate order by 1');
  expect(left.map(row => row.datname)).toEqual(['postgres', 'third']);

  const stranger = new URL(server.url);
  stranger.password = 'guessed';
  await expect(administer(stranger.href, 'select 1')).rejects.toMatchObject({ code: 'WRONG_PASSWORD' });
});

test('a port that is taken meanwhile is given up for another', async () => {
  const listener = createServer();
  await new Promise<void>(resolve => listener.listen(0, '127.0.0.1', resolve));
  const { port } = listener.address() as AddressInfo;
  const server = await start(() => startEmbedded('15', {}, first(port)));
  expect(new URL(server.url).port).not.toBe(String(port));
  expect(readdirSync(place)).toHaveLength(1);
  listener.close();
});

test('a server that does not start leaves its last words in the problem, and nothing else', async () => {
  await expect(start(() => startEmbedded('15', {}, first(70_000)))).rejects.toMatchObject({
    code: 'DISPOSABLE_UNAVAILABLE',
    details: [expect.stringContaining('70000 is outside the valid range')],
  });
  expect(readdirSync(place)).toEqual([]);
});
