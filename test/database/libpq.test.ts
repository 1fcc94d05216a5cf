import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect } from '../../src/database/connect.ts';
import { resolveTarget, warningsOf } from '../../src/database/libpq/resolve.ts';
import { serverPrograms, startTlsServer, type TlsServer } from './tls-server.ts';

type Environment = Record<string, string>;

const programs = serverPrograms();
if (!programs)
  process.stderr.write('Skipped: no PostgreSQL with TLS (pg_config, initdb) or no openssl is installed.\n');
const withServer = test.skipIf(!programs);

let server: TlsServer;
const home = mkdtempSync(join(tmpdir(), 'creditshift-libpq-'));
const write = (name: string, text: string, mode = 0o600) => {
  const file = join(home, name);
  writeFileSync(file, text);
  chmodSync(file, mode);
  return file;
};

beforeAll(async () => {
  if (!programs) return;
  server = await startTlsServer(programs);
  const { sql } = await connect({ url: admin(), environment: {} }, 'test', 1);
  await sql.unsafe(`create role only_tls login password 's3cret'; create role only_plain login password 's3cret';
    create role bearer login`);
  await sql`create database "odd name"`;
  await sql.end();
});
afterAll(() => server?.stop());

const admin = (host = 'localhost') => `postgres://postgres:s3cret@${host}:${server.port}/postgres`;

/** How a session came to be: whether it is encrypted, or the code and message of the problem. */
async function outcome(url: string, environment: Environment = {}): Promise<string> {
  try {
    const { sql } = await connect({ url, environment }, 'test', 1);
    const [row] = await sql`select ssl from pg_stat_ssl where pid = pg_backend_pid()`;
    await sql.end({ timeout: 1 });
    return row?.ssl ? 'encrypted' : 'plain';
  } catch (error) {
    return `${(error as { code: string }).code}: ${(error as Error).message}`;
  }
}

/** The same of psql, without the message. */
function outcomeOfPsql(url: string): string {
  const query = 'select ssl from pg_stat_ssl where pid = pg_backend_pid()';
  try {
    const environment = { PATH: process.env.PATH, HOME: home };
    const ssl = execFileSync('psql', ['-XAtc', query, url], { env: environment, encoding: 'utf8', stdio: 'pipe' });
    return ssl.trim() === 't' ? 'encrypted' : 'plain';
  } catch {
    return 'refused';
  }
}

withServer('each sslmode encrypts, falls back and verifies as it does with psql', async () => {
  const [ca, other] = ['ca', 'other'].map(name => `&sslrootcert=${server.folder}/${name}.crt`);
  const cases = ['only_tls', 'only_plain'].flatMap(role =>
    ['disable', 'allow', 'prefer', 'require'].map(mode => [role, 'localhost', `sslmode=${mode}`]),
  );
  for (const host of ['localhost', '127.0.0.1', '[::1]']) {
    for (const mode of ['verify-ca', 'verify-full']) cases.push(['only_tls', host, `sslmode=${mode}${ca}`]);
  }
  for (const mode of ['allow', 'prefer', 'require', 'verify-ca']) {
    cases.push(['only_tls', 'localhost', `sslmode=${mode}${other}`]);
    cases.push(['postgres', 'localhost', `sslmode=${mode}${other}`]);
  }
  cases.push(['only_tls', 'localhost', 'sslmode=verify-full']);
  for (const [role, host, settings] of cases) {
    const url = `postgres://${role}:s3cret@${host}:${server.port}/postgres?${settings}`;
    const ours = await outcome(url, { HOME: home });
    expect([url, ours.replace(/^[A-Z_]+:.*/s, 'refused')]).toEqual([url, outcomeOfPsql(url)]);
  }
});

withServer('a certificate is a login; without it, or with a key that others may read, there is none', async () => {
  const url = `postgres://bearer@localhost:${server.port}/postgres`;
  const environment = { PGSSLCERT: `${server.folder}/client.crt`, PGSSLKEY: `${server.folder}/client.key` };
  chmodSync(environment.PGSSLKEY, 0o600);
  expect(await outcome(url, environment)).toBe('encrypted');
  expect(await outcome(`${url}?sslmode=require`)).toContain('certificate');
  expect(await outcome(`${admin()}?target_session_attrs=standby`)).toMatch(/^CANNOT_CONNECT: .*No server is standby/);
  expect(await outcome(`${admin()}?target_session_attrs=prefer-standby`)).toBe('encrypted');
  chmodSync(environment.PGSSLKEY, 0o644);
  expect(await outcome(url, environment)).toMatch(/^CANNOT_CONNECT: Others may read the key/);
});

withServer('URL, service file, variables and password file mean to us what they mean to psql', async () => {
  const port = String(server.port);
  const passfile = write(
    'pass',
    `# a comment\nlocalhost:${port}:*:only_tls:s3cret\n\\:\\:1:*:odd name:postgres:s3cret\n`,
  );
  const services = write(
    'services',
    `[one]\nhost=localhost\nuser=only_tls\ndbname=odd name\ndbname=none\n\n[two]\nuser=x\n`,
  );
  mkdirSync(join(home, 'etc'));
  write('etc/pg_service.conf', `[far]\nhost=/nowhere,::1\nport=1,${port}\ndbname=odd name\nuser=postgres\n`);
  const base = { PATH: process.env.PATH ?? '', HOME: home, PGPASSFILE: passfile, PGSERVICEFILE: services };
  const cases: [string, Environment][] = [
    ['', { PGSERVICE: 'one', PGPORT: port, PGUSER: 'postgres', PGDATABASE: 'postgres' }],
    [`postgres:///postgres?service=one`, { PGPORT: port, PGSERVICE: 'two' }],
    [`postgres:///?service=far`, { PGSYSCONFDIR: join(home, 'etc') }],
    [`postgres://postgres@/odd%20name?host=${server.folder}`, { PGPORT: port }],
    [`postgres://nobody.invalid:1,localhost:${port}/postgres?user=only_tls&target_session_attrs=read-write`, {}],
    [`postgres://only_tls@nobody.invalid:${port}/postgres?hostaddr=127.0.0.1`, { PGPASSWORD: 's3cret' }],
    [
      '',
      {
        PGHOST: 'localhost',
        PGPORT: port,
        PGUSER: 'only_tls',
        PGOPTIONS: '-c search_path=odd',
        PGDATABASE: 'postgres',
      },
    ],
  ];
  const query = `select concat_ws(' ', current_user, current_database(), current_setting('search_path'), inet_server_addr())`;
  for (const [url, rest] of cases) {
    const environment = { ...base, ...rest };
    const psql = execFileSync('psql', ['-XAtc', query, ...(url ? [url] : [])], { env: environment, encoding: 'utf8' });
    const { sql } = await connect({ url: url || undefined, environment }, 'test', 1);
    const [[ours] = []] = await sql.unsafe(query).values();
    await sql.end({ timeout: 1 });
    expect([url, ours]).toEqual([url, psql.trim()]);
  }
});

test('a password file is read by its first line that fits, and only where nobody else may read it', () => {
  const lines = ['other:*:*:*:no', 'db:5432:a\\:b:me:first\\:\\\\one', 'db:*:*:*:second:ignored'];
  const file = write('.pgpass', lines.join('\n'));
  const passwordFor = (database: string, rest: Environment = {}) =>
    resolveTarget({ url: `postgres://me@db/${database}`, environment: { HOME: home, ...rest } }).hosts[0].password;
  expect(passwordFor('a%3Ab')).toBe('first:\\one');
  expect(passwordFor('any')).toBe('second');
  expect(passwordFor('any', { PGPASSWORD: 'given' })).toBe('given');
  chmodSync(file, 0o640);
  expect(passwordFor('any')).toBeUndefined();
  expect(warningsOf({ url: 'postgres://me@db/any', environment: { HOME: home } })).toEqual([
    `Others may read the password file ${file}: it is ignored until you chmod 600 it.`,
  ]);
});

test.each([
  ['postgres://db/x?channel_binding=require', {}, 'channel_binding=require'],
  ['postgres://db/x?gssencmode=require', {}, 'gssencmode=require'],
  ['postgres://db/x?keepalives_idle=5', {}, 'keepalives_idle'],
  ['postgres://db/x?pgbouncer=true', {}, 'pgbouncer'],
  ['postgres://db/x?sslmode=verify-ca&sslrootcert=system', {}, 'sslrootcert=system'],
  ['postgres://db/x', { PGREQUIREAUTH: 'scram-sha-256' }, 'require_auth'],
  ['postgres://db/x', { PGSSLMODE: 'on' }, 'sslmode=on'],
  ['postgres://db/x', { PGSERVICE: 'none', HOME: '/nowhere' }, 'none'],
  ['postgres://db:1,db:2,db:3/x', { PGHOSTADDR: '127.0.0.1' }, 'hosts'],
])('%s with %o is refused, and the setting is named', async (url, environment, name) => {
  expect(await outcome(url, environment)).toMatch(new RegExp(`^CANNOT_CONNECT: .*${name}`));
});

test.each([
  'postgres://me:pa/ss@db/x',
  'postgres://me:1/2@db/x',
  'postgres://me:p@ss:1@db:x/y',
  'postgres://me:%zz@db/x',
])('of a URL that cannot be read, %s, nothing is shown', async url => {
  expect(await outcome(url)).toMatch(/^CANNOT_CONNECT: (The database URL cannot be read|A port is no number)[^@]*$/);
});
