import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fault } from './fault.ts';
import { keywordOf, type Settings } from './keywords.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Where libpq of Debian, and then that of a build from source, looks for the file of the whole machine. */
const SYSTEM = ['/etc/postgresql-common', '/usr/local/pgsql/etc'];

/**
 * What a service sets: from PGSERVICEFILE or else ~/.pg_service.conf, and if it is not there, from pg_service.conf in
 * PGSYSCONFDIR.
 * @throws Problem CANNOT_CONNECT
 */
export function readService(service: string, environment: Environment): Settings {
  const { PGSERVICEFILE, HOME, PGSYSCONFDIR } = environment;
  const own = PGSERVICEFILE ?? (HOME && join(HOME, '.pg_service.conf'));
  if (PGSERVICEFILE && !existsSync(PGSERVICEFILE)) {
    throw fault(`The service file ${PGSERVICEFILE} is not there.`, 'correct PGSERVICEFILE');
  }
  const shared = (PGSYSCONFDIR ? [PGSYSCONFDIR] : SYSTEM).map(folder => join(folder, 'pg_service.conf'));
  for (const file of [own, ...shared]) {
    const found = file && existsSync(file) ? readGroup(file, service) : undefined;
    if (found) return found;
  }
  throw fault(
    `The service ${service} is not defined.`,
    `define [${service}] in ${own || shared[0]}, or correct PGSERVICE`,
  );
}

/** The settings below `[service]`, the first of each; undefined where there is no such group. */
function readGroup(file: string, service: string): Settings | undefined {
  let found: Settings | undefined;
  for (const [index, raw] of readFileSync(file, 'utf8').split('\n').entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    if (line.startsWith('[')) {
      if (found) return found;
      if (line.startsWith(`[${service}]`)) found = {};
      continue;
    }
    if (!found) continue;
    const [name = '', ...value] = line.split('=');
    const where = `line ${index + 1} of ${file}`;
    if (value.length === 0) throw fault(`A service file cannot be read.`, `write NAME=VALUE in ${where}`);
    if (name === 'service') throw fault('A service cannot name another.', `remove ${where}`);
    found[keywordOf(name, where)] ??= value.join('=');
  }
  return found;
}
