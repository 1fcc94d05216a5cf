import { spawnSync } from 'node:child_process';
import { createServer, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { administer } from '../../src/disposable/admin.ts';
import { LABELS } from '../../src/disposable/containers.ts';
import type { DisposableServer } from '../../src/disposable/server.ts';
import { startServer } from '../../src/disposable/start.ts';
import { temporaryPlace } from './place.ts';

const place = temporaryPlace();
let inside: DisposableServer;
let calls: string[] = [];
let wanted: { Image: string; Env: string[]; Labels: object; HostConfig: unknown };
let setsPassword = false;
/** Containers of other runs. */
let others: { Id: string; Labels: Record<string, string> }[] = [];

/** Speaks as much of Docker's protocol as one container needs; what runs in it is the embedded server. */
const engine = createServer(async (request, response) => {
  const path = new URL(request.url ?? '', 'http://engine').pathname.replace(/^\/v[\d.]+/, '');
  calls.push(`${request.method} ${path}`);
  if (path === '/containers/create') {
    wanted = JSON.parse(await bodyOf(request));
    const password = wanted.Env.find(variable => variable.startsWith('POSTGRES_PASSWORD='))?.split('=')[1];
    if (setsPassword) await administer(inside.url, `alter role postgres password '${password}'`);
  }
  const line = Buffer.from('database system is ready to accept connections\n');
  const frame = Buffer.concat([Buffer.from([1, 0, 0, 0, 0, 0, 0, line.length]), line]);
  if (path.endsWith('/logs')) response.end(Buffer.concat([frame, frame]));
  else response.end(JSON.stringify(path === '/containers/json' ? others : container()));
});

function container(): unknown {
  const ports = { '5432/tcp': [{ HostIp: '127.0.0.1', HostPort: new URL(inside.url).port }] };
  return {
    Id: 'abc',
    Name: '/abc',
    State: { Status: 'running', Running: true, StartedAt: '2020-01-01T00:00:00Z', FinishedAt: '' },
    Config: { Hostname: 'abc', Labels: {} },
    HostConfig: { PortBindings: ports },
    NetworkSettings: { Ports: ports, Networks: {} },
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
}

beforeAll(async () => {
  inside = await startServer();
  const socket = join(place, 'engine');
  await new Promise<void>(resolve => engine.listen(socket, resolve));
  Object.assign(process.env, {
    DOCKER_HOST: `unix://${socket}`,
    TESTCONTAINERS_HOST_OVERRIDE: 'localhost',
  });
});

afterEach(() => {
  calls = [];
});

afterAll(async () => {
  engine.close();
  await inside?.stop();
});

const ENDED = ['POST /containers/abc/stop', 'DELETE /containers/abc'];

test('a container whose server does not let us in is not left behind', async () => {
  await expect(startServer({ server: 'docker' })).rejects.toMatchObject({
    code: 'DISPOSABLE_UNAVAILABLE',
    details: [expect.stringContaining('password authentication failed')],
  });
  expect(calls.slice(-2)).toEqual(ENDED);
});

test('a container of a run that is gone is removed, one of a run at work is not', async () => {
  const of = (pid: number) => ({ ...LABELS, 'creditshift.pid': String(pid) });
  others = [
    { Id: 'abandoned', Labels: of(spawnSync('true').pid) },
    { Id: 'at-work', Labels: of(process.ppid) },
  ];
  await expect(startServer({ server: 'docker' })).rejects.toMatchObject({ code: 'DISPOSABLE_UNAVAILABLE' });
  others = [];
  expect(calls.filter(call => call.startsWith('DELETE'))).toEqual(['DELETE /containers/abandoned', ENDED[1]]);
  expect(wanted.Labels).toMatchObject(LABELS);
});

test('a container listens on loopback only, with a password of its own, and is removed once', async () => {
  setsPassword = true;
  const server = await startServer({ server: 'docker', postgres: '18' });
  expect(server.label).toBe('postgres:18 in a container');
  expect(wanted.Image).toBe('postgres:18');
  expect(wanted.HostConfig).toMatchObject({ PortBindings: { '5432/tcp': [{ HostIp: '127.0.0.1', HostPort: '0' }] } });
  expect(await administer(await server.createDatabase('works'), 'select 1 as one')).toEqual([{ one: 1 }]);
  expect(calls).not.toContain(ENDED[0]);
  await server.stop();
  await server.stop();
  expect(calls.slice(-2)).toEqual(ENDED);
  expect(calls.filter(call => ENDED.includes(call))).toHaveLength(2);
});
