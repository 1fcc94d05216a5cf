import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** The folder of a server's programs that can do TLS, which the embedded one cannot; undefined where there is none. */
export function serverPrograms(): string | undefined {
  try {
    const folder = execFileSync('pg_config', ['--bindir'], { encoding: 'utf8' }).trim();
    execFileSync('openssl', ['version']);
    return existsSync(join(folder, 'initdb')) ? folder : undefined;
  } catch {
    return undefined;
  }
}

export interface TlsServer {
  port: number;
  /** Holds ca.crt, other.crt, client.crt and client.key; and the socket. */
  folder: string;
  stop: () => Promise<void>;
}

/** Who may log in how: roles are named for it. */
const HBA = `
local     all       all                   trust
hostssl   all       only_tls   all        scram-sha-256
hostnossl all       only_tls   all        reject
hostnossl all       only_plain all        scram-sha-256
hostssl   all       only_plain all        reject
hostssl   all       bearer     all        cert
host      all       postgres   all        scram-sha-256
`;

/** A server with ssl=on, its certificate for `localhost` only, by an authority of its own. */
export async function startTlsServer(programs: string): Promise<TlsServer> {
  const folder = mkdtempSync('/tmp/cs-tls-');
  const account = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
  const data = join(folder, 'data');
  chmodSync(folder, 0o777);
  const run = (program: string, args: string[]) =>
    execFileSync(program, args, { cwd: folder, stdio: 'pipe', ...account });
  for (const authority of ['ca', 'other']) {
    run('openssl', [...'req -x509 -newkey rsa:2048 -nodes -days 2'.split(' '), ...issued(authority, authority)]);
  }
  certificate(run, 'server', 'localhost');
  certificate(run, 'client', 'bearer');
  writeFileSync(join(folder, 'password'), 's3cret\n');
  run(join(programs, 'initdb'), ['-D', data, '-U', 'postgres', '-A', 'scram-sha-256', '--pwfile=password', '-N']);
  writeFileSync(join(data, 'pg_hba.conf'), HBA);
  const port = await freePort();
  const settings = [
    ...['fsync=off', 'ssl=on', `ssl_cert_file=${folder}/server.crt`, `ssl_key_file=${folder}/server.key`],
    ...[`ssl_ca_file=${folder}/ca.crt`, `unix_socket_directories=${folder}`, 'listen_addresses=127.0.0.1,::1'],
  ];
  const args = ['-D', data, '-p', String(port), ...settings.flatMap(setting => ['-c', setting])];
  const server = spawn(join(programs, 'postgres'), args, { cwd: folder, stdio: 'ignore', ...account });
  while (!existsSync(join(folder, `.s.PGSQL.${port}`)) && server.exitCode === null) await pause(20);
  const stop = async () => {
    server.kill('SIGINT');
    if (server.exitCode === null) await once(server, 'exit');
    rmSync(folder, { recursive: true, force: true });
  };
  return { port, folder, stop };
}

const issued = (name: string, subject: string) => [
  ...['-keyout', `${name}.key`, '-out', `${name}.crt`, '-subj', `/CN=${subject}`],
];

function certificate(run: (program: string, args: string[]) => unknown, name: string, subject: string): void {
  run('openssl', [
    ...'req -x509 -newkey rsa:2048 -nodes -days 2 -CA ca.crt -CAkey ca.key'.split(' '),
    ...['-addext', `subjectAltName=DNS:${subject}`, '-addext', 'basicConstraints=critical,CA:FALSE'],
    ...issued(name, subject),
  ]);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}
