import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { Target } from '../connect.ts';
import { fault } from './fault.ts';
import { type Keyword, requirePossible, type Settings, VARIABLES } from './keywords.ts';
import { passfileFault, readPassword } from './passfile.ts';
import { readService } from './service.ts';
import { readUri, serviceIn } from './uri.ts';

/** One server of those that are tried in turn. */
export interface Host {
  /** A name, an address, or the folder of a socket: what a certificate is compared with. */
  name: string;
  /** Where to connect, where it is not the name: PGHOSTADDR. */
  address: string | undefined;
  port: number;
  password: string | undefined;
}

/** A target with every file and variable read. */
export interface Resolved {
  hosts: [Host, ...Host[]];
  user: string;
  database: string;
  settings: Settings;
}

/** Where Debian and others have the server's socket. */
const SOCKETS = ['/var/run/postgresql', '/tmp'];

/**
 * As libpq: what the URL says comes before the service file, that before the variables, those before the defaults.
 * @throws Problem CANNOT_CONNECT
 */
export function resolveTarget({ url, environment, database }: Target): Resolved {
  const named = url === undefined ? {} : readUri(url);
  const service = (url && serviceIn(url)) || environment.PGSERVICE;
  const variables = Object.entries(VARIABLES).map(([name, variable]) => [name, environment[variable]]);
  const layers: Settings[] = [
    Object.fromEntries(variables.filter(([, value]) => value !== undefined)),
    service ? readService(service, environment) : {},
    named,
    database === undefined ? {} : { dbname: database },
  ];
  const merged = Object.entries(Object.assign({}, ...layers) as Settings).filter(([, value]) => value !== '');
  const settings = Object.fromEntries(merged) as Settings;
  if (settings.sslrootcert === 'system') settings.sslmode ??= 'verify-full';
  requirePossible(settings);
  const user = settings.user ?? userInfo().username;
  const dbname = settings.dbname ?? user;
  const file = passfileOf(settings, environment);
  const hosts = hostsOf(settings).map(host => ({
    ...host,
    password: settings.password ?? (file && readPassword(file, { ...asInFile(host), dbname, user })),
  }));
  return { hosts: hosts as [Host, ...Host[]], user, database: dbname, settings };
}

/** What is to be said of the files of a connection, before it is tried. */
export function warningsOf(target: Target): string[] {
  try {
    const { settings } = resolveTarget(target);
    const file = passfileOf(settings, target.environment);
    const warning = settings.password === undefined && file ? passfileFault(file) : undefined;
    return warning === undefined ? [] : [warning];
  } catch {
    // The connection says it.
    return [];
  }
}

/** The passwords of a target, wherever they are from: what no output may show. */
export function passwordsOf(target: Target): string[] {
  try {
    return resolveTarget(target).hosts.flatMap(({ password }) => password ?? []);
  } catch {
    return [];
  }
}

/** The variables by which a program of libpq connects as we do, but for the passwords of a file, which it reads itself. */
export function variablesOf(target: Target): Record<string, string | undefined> {
  const { hosts, user, database, settings } = resolveTarget(target);
  const whole: Settings = { ...settings, host: hosts.map(({ name }) => name).join(','), user, dbname: database };
  const named = Object.entries(VARIABLES).map(([name, variable]) => [variable, whole[name as Keyword]]);
  return { ...Object.fromEntries(named), PGSERVICE: undefined, PGSERVICEFILE: undefined };
}

/** The password file, whether it is there or not. */
export const passfileOf = ({ passfile }: Settings, { HOME }: Target['environment']) =>
  passfile ?? (HOME && join(HOME, '.pgpass'));

function hostsOf({ host, hostaddr, port }: Settings): Omit<Host, 'password'>[] {
  const names = host?.split(',');
  const addresses = hostaddr?.split(',');
  const count = addresses?.length ?? names?.length ?? 1;
  const ports = (port ?? '').split(',');
  if (names && names.length !== count) throw fault('There are not as many hosts as addresses.', 'correct PGHOSTADDR');
  if (ports.length > 1 && ports.length !== count) {
    throw fault('There are not as many ports as hosts.', 'name one port, or one for each host');
  }
  return Array.from({ length: count }, (_, i) => {
    const number = portOf((ports.length === 1 ? ports[0] : ports[i]) || '5432');
    const address = addresses?.[i] || undefined;
    return { name: names?.[i] || address || socketFolder(number), address, port: number };
  });
}

/** libpq's is fixed when it is built; where none has the socket, a server on this machine is meant all the same. */
const socketFolder = (port: number) =>
  SOCKETS.find(folder => existsSync(join(folder, `.s.PGSQL.${port}`))) ?? 'localhost';

function portOf(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text.trim()) && port > 0 && port < 65_536) return port;
  throw fault(
    'A port is no number from 1 to 65535.',
    'correct the port in the URL (/ ? and @ in a password are written %2F %3F %40), PGPORT or the service file',
  );
}

const asInFile = ({ name, port }: Omit<Host, 'password'>) => ({
  host: SOCKETS.includes(name) ? 'localhost' : name,
  port: String(port),
});
