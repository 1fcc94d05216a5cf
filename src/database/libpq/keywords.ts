import { fault } from './fault.ts';

/** libpq's keywords, each with its variable. https://www.postgresql.org/docs/current/libpq-envars.html */
export const VARIABLES = {
  host: 'PGHOST',
  hostaddr: 'PGHOSTADDR',
  port: 'PGPORT',
  dbname: 'PGDATABASE',
  user: 'PGUSER',
  password: 'PGPASSWORD',
  passfile: 'PGPASSFILE',
  connect_timeout: 'PGCONNECT_TIMEOUT',
  options: 'PGOPTIONS',
  application_name: 'PGAPPNAME',
  target_session_attrs: 'PGTARGETSESSIONATTRS',
  load_balance_hosts: 'PGLOADBALANCEHOSTS',
  client_encoding: 'PGCLIENTENCODING',
  sslmode: 'PGSSLMODE',
  sslnegotiation: 'PGSSLNEGOTIATION',
  sslcompression: 'PGSSLCOMPRESSION',
  sslrootcert: 'PGSSLROOTCERT',
  sslcrl: 'PGSSLCRL',
  sslcrldir: 'PGSSLCRLDIR',
  sslcert: 'PGSSLCERT',
  sslkey: 'PGSSLKEY',
  sslcertmode: 'PGSSLCERTMODE',
  sslsni: 'PGSSLSNI',
  ssl_min_protocol_version: 'PGSSLMINPROTOCOLVERSION',
  ssl_max_protocol_version: 'PGSSLMAXPROTOCOLVERSION',
  channel_binding: 'PGCHANNELBINDING',
  require_auth: 'PGREQUIREAUTH',
  requirepeer: 'PGREQUIREPEER',
  gssencmode: 'PGGSSENCMODE',
  krbsrvname: 'PGKRBSRVNAME',
  gsslib: 'PGGSSLIB',
  gssdelegation: 'PGGSSDELEGATION',
} as const;

/** Keywords without a variable: a child program could be told them in its arguments only, where others read them. */
const UNSAYABLE = [
  ...['keepalives', 'keepalives_idle', 'keepalives_interval', 'keepalives_count', 'tcp_user_timeout'],
  ...['sslpassword', 'replication', 'fallback_application_name'],
];

export type Keyword = keyof typeof VARIABLES;
/** What is set, by keyword. An empty value is as good as none. */
export type Settings = Partial<Record<Keyword, string>>;

/** The values of a keyword that the driver can keep; a keyword that is not here may have any. */
const POSSIBLE: Partial<Record<Keyword, readonly string[]>> = {
  sslmode: ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'],
  target_session_attrs: ['any', 'read-write', 'read-only', 'primary', 'standby', 'prefer-standby'],
  load_balance_hosts: ['disable'],
  client_encoding: ['auto', 'UTF8', 'utf8', 'UTF-8', 'utf-8'],
  sslnegotiation: ['postgres', 'direct'],
  sslcompression: ['0', '1'],
  sslcrldir: [],
  sslcertmode: ['disable', 'allow'],
  sslsni: ['0', '1'],
  ssl_min_protocol_version: ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'],
  ssl_max_protocol_version: ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'],
  channel_binding: ['disable', 'prefer'],
  require_auth: [],
  requirepeer: [],
  gssencmode: ['disable', 'prefer'],
  krbsrvname: [],
  gsslib: [],
  gssdelegation: ['0'],
};

/** @throws Problem CANNOT_CONNECT for what is no keyword of libpq, or is none that can be kept */
export function keywordOf(name: string, where: string): Keyword {
  if (Object.hasOwn(VARIABLES, name)) return name as Keyword;
  if (UNSAYABLE.includes(name)) {
    throw fault(`creditshift cannot keep the setting ${name}.`, `take ${name} out of ${where}`);
  }
  throw fault(`${name} is no connection setting that libpq knows.`, `correct or remove ${name} in ${where}`);
}

/** @throws Problem CANNOT_CONNECT for a value that libpq or the driver does not have */
export function requirePossible(settings: Settings): void {
  for (const [name, values] of Object.entries(POSSIBLE)) {
    const value = settings[name as Keyword];
    if (value === undefined || values.includes(value)) continue;
    const next = values.length > 0 ? `set it to ${values.join(', ')}` : 'leave it out';
    throw fault(
      `creditshift cannot keep ${name}=${value}.`,
      `${next} (by the URL, ${VARIABLES[name as Keyword]} or the service file)`,
    );
  }
  const { sslmode = 'prefer', sslrootcert, sslnegotiation } = settings;
  const weak = !sslmode.startsWith('verify-full') && sslrootcert === 'system';
  if (weak) throw fault(`sslmode=${sslmode} is too weak for sslrootcert=system.`, 'set sslmode to verify-full');
  if (sslnegotiation === 'direct' && ['disable', 'allow', 'prefer'].includes(sslmode)) {
    throw fault(`sslmode=${sslmode} is too weak for sslnegotiation=direct.`, 'set sslmode to require or stronger');
  }
}
