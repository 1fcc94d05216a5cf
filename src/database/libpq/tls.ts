import { existsSync, readFileSync, statSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { type ConnectionOptions, checkServerIdentity, type SecureVersion } from 'node:tls';
import { fault } from './fault.ts';
import type { Settings } from './keywords.ts';

/**
 * How a connection is encrypted and what is verified, as libpq does: a root certificate that is there is used whatever
 * the sslmode, and only verify-full compares the host name. `system` are the certificates that Node trusts.
 * @throws Problem CANNOT_CONNECT where a file is missing, or a key is open to others
 */
export function tlsOptions(settings: Settings, host: string, home: string | undefined): ConnectionOptions {
  const { sslmode = 'prefer', sslsni, sslnegotiation } = settings;
  const system = settings.sslrootcert === 'system';
  const root = system ? undefined : existing(fileOf(settings.sslrootcert, home, 'root.crt'));
  if (!root && !system && sslmode.startsWith('verify')) {
    throw fault(
      `There is no root certificate for sslmode=${sslmode}: ${settings.sslrootcert ?? '~/.postgresql/root.crt'}.`,
      'put the certificate of the authority there, name another by sslrootcert, or set sslrootcert=system',
    );
  }
  const revoked = root && existing(fileOf(settings.sslcrl, home, 'root.crl'));
  return {
    host,
    ...(isIP(host) === 0 && sslsni !== '0' && { servername: host }),
    rejectUnauthorized: root !== undefined || system,
    checkServerIdentity: (_, certificate) =>
      sslmode === 'verify-full' ? checkServerIdentity(host, certificate) : undefined,
    ...(root && { ca: readFileSync(root) }),
    ...(revoked && { crl: readFileSync(revoked) }),
    ...(settings.sslcertmode !== 'disable' && ownCertificate(settings, home)),
    minVersion: (settings.ssl_min_protocol_version ?? 'TLSv1.2') as SecureVersion,
    ...(settings.ssl_max_protocol_version && { maxVersion: settings.ssl_max_protocol_version as SecureVersion }),
    ...(sslnegotiation === 'direct' && { ALPNProtocols: ['postgresql'] }),
  };
}

/** The files that are taken where nothing names them, by keyword. */
export function filesAtHome(settings: Settings, home: string | undefined): Settings {
  const names = { sslrootcert: 'root.crt', sslcrl: 'root.crl', sslcert: 'postgresql.crt', sslkey: 'postgresql.key' };
  const found = Object.entries(names).map(([keyword, name]) => [keyword, existing(fileOf(undefined, home, name))]);
  return Object.fromEntries(found.filter(([keyword, file]) => file && !settings[keyword as keyof Settings]));
}

/** Certificate and key of the client, where there is a certificate. */
function ownCertificate(settings: Settings, home: string | undefined): ConnectionOptions {
  const certificate = existing(fileOf(settings.sslcert, home, 'postgresql.crt'));
  if (!certificate) return {};
  const named = fileOf(settings.sslkey, home, 'postgresql.key');
  const key = existing(named);
  if (!key) throw fault(`There is no key to the certificate ${certificate}: ${named}.`, 'name it by sslkey');
  const { mode, uid } = statSync(key);
  if (mode & (uid === 0 ? 0o037 : 0o077)) throw fault(`Others may read the key ${key}.`, `chmod 600 ${key}`);
  return { cert: readFileSync(certificate), key: readFileSync(key) };
}

const fileOf = (named: string | undefined, home: string | undefined, name: string) =>
  named ?? (home && join(home, '.postgresql', name));

const existing = (file: string | undefined) => (file && existsSync(file) ? file : undefined);
