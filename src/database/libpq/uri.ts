import { fault } from './fault.ts';
import { keywordOf, type Settings } from './keywords.ts';

const URI = /^postgres(?:ql)?:\/\/(?:([^/?]*)@)?([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/s;
const HOST = /^(\[[^\]]*\]|[^:[\]]*)(?::([^:]*))?$/;

/**
 * What a URL sets, by libpq's rules (several hosts, `[::1]`, settings behind `?`). Beyond them, a password may hold an
 * `@` that is not escaped: nothing of it is to be taken for a host, and shown.
 * @throws Problem CANNOT_CONNECT, never with a part of the URL that may be the password
 */
export function readUri(url: string): Settings {
  const [whole, login, hosts = '', database, query = ''] = URI.exec(url) ?? [];
  if (whole === undefined || database?.includes('@'))
    throw unreadable('in a password, / ? and @ are written %2F %3F %40');
  const [user, ...password] = (login ?? '').split(':');
  const parts = hosts.split(',').map(part => HOST.exec(part) ?? []);
  if (parts.some(([host]) => host === undefined)) throw unreadable('an IPv6 address is written [::1]');
  const ports = parts.map(([, , port = '']) => port);
  const settings: Settings = {
    user: decode(user ?? ''),
    password: decode(password.join(':')),
    host: parts.map(([, host = '']) => decode(host.replace(/^\[(.*)\]$/, '$1'))).join(','),
    port: ports.some(port => port !== '') ? ports.join(',') : '',
    dbname: decode(database ?? ''),
  };
  const set = (Object.keys(settings) as (keyof Settings)[]).filter(name => /[^,]/.test(settings[name] ?? ''));
  return { ...Object.fromEntries(set.map(name => [name, settings[name]])), ...readQuery(query) };
}

/** The service that is named behind `?`. */
export const serviceIn = (url: string): string | undefined =>
  pairs(URI.exec(url)?.[4] ?? '').findLast(([name]) => name === 'service')?.[1];

function readQuery(query: string): Settings {
  const settings: Settings = {};
  for (const [name, value] of pairs(query)) {
    if (name === 'service') continue;
    // As JDBC spells it; libpq takes it, too.
    if (name === 'ssl' && value === 'true') settings.sslmode = 'require';
    else settings[keywordOf(name, 'the URL')] = value;
  }
  return settings;
}

function pairs(query: string): [string, string][] {
  return query.split('&').flatMap(part => {
    if (part === '') return [];
    const [name = '', ...value] = part.split('=');
    return [[decode(name), decode(value.join('='))]];
  });
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw unreadable('a percent sign is written %25');
  }
}

const unreadable = (rule: string) =>
  fault(
    'The database URL cannot be read.',
    `correct --database-url or DATABASE_URL, postgresql://USER@HOST:PORT/DATABASE; ${rule}`,
  );
