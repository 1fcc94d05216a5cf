import type { ServerFacts } from '../connect.ts';
import { sqlstate } from '../errors.ts';
import { isFolder, type Line, type Way } from './dial.ts';
import type { Resolved } from './resolve.ts';
import { tlsOptions } from './tls.ts';

/** One try to connect; a server that is not `wanted` is left again. */
export interface Attempt extends Line {
  wanted: (server: Pick<ServerFacts, 'recovery' | 'readOnly'>) => boolean;
}

/** Seconds for a connection where connect_timeout says nothing. */
const TIMEOUT = 10;

const WAYS: Record<string, Way[]> = {
  disable: ['plain'],
  allow: ['plain', 'encrypted'],
  prefer: ['either', 'plain'],
};

const WANTED: Record<string, Attempt['wanted'][]> = {
  'read-write': [server => !server.readOnly],
  'read-only': [server => server.readOnly],
  primary: [server => !server.recovery],
  standby: [server => server.recovery],
  'prefer-standby': [server => server.recovery, () => true],
};

/**
 * The tries in libpq's order: the hosts in turn, each in the ways of its sslmode; of prefer-standby all of it twice.
 * @throws Problem CANNOT_CONNECT where a certificate cannot be used
 */
export function attemptsOf({ hosts, settings }: Resolved, home: string | undefined): Attempt[] {
  const { sslmode = 'prefer', target_session_attrs = 'any', connect_timeout } = settings;
  const seconds = connect_timeout === undefined ? TIMEOUT : Math.max(0, Number.parseInt(connect_timeout, 10) || 0);
  return (WANTED[target_session_attrs] ?? [() => true]).flatMap(wanted =>
    hosts.flatMap(host => {
      const ways: Way[] = isFolder(host.name) ? ['plain'] : (WAYS[sslmode] ?? ['encrypted']);
      const tls = ways.every(way => way === 'plain') ? {} : tlsOptions(settings, host.name, home);
      return ways.map(way => ({ host, way, tls, wanted, timeout: seconds * 1000 }));
    }),
  );
}

/**
 * The tries that may follow a failure, or a server that is not wanted: the other way of the same host where TLS failed
 * or the login was refused, the other hosts where there was nobody. A login that is refused is so for the other hosts, too.
 */
export function triesAfter(error: unknown, tried: Attempt, rest: readonly Attempt[]): readonly Attempt[] {
  const others = rest.filter(({ host, wanted }) => host !== tried.host || wanted !== tried.wanted);
  const ways = rest.filter(attempt => !others.includes(attempt));
  const code = sqlstate(error);
  if (code !== undefined && code !== '57P03') return code.startsWith('28') ? ways : [];
  return error === undefined || code === '57P03' || isNobody(error) ? others : rest;
}

const isNobody = (error: unknown) =>
  [
    'ECONNREFUSED',
    'ENOTFOUND',
    'EAI_AGAIN',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'ETIMEDOUT',
    'ENOENT',
    'CONNECT_TIMEOUT',
  ].includes((error as { code?: string }).code ?? '');
