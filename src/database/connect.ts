import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import postgres from 'postgres';
import { Problem, UNTOUCHED } from '../problems.ts';
import { surviveLoss } from './begin.ts';
import { asConnectProblem, sqlstate } from './errors.ts';

export type Sql = postgres.Sql<{ bigint: number | bigint }>;
export type Transaction = postgres.TransactionSql<{ bigint: number | bigint }>;
/** Either: a query runs the same inside a transaction and outside. */
export type Queryable = Sql | Transaction;

/** Where to connect: a URL, or nothing, which means the libpq variables of `environment`. */
export interface Target {
  url: string | undefined;
  environment: Readonly<Record<string, string | undefined>>;
}

/** Server facts that decide whether anything may start. */
export interface ServerFacts {
  database: string;
  systemIdentifier: string;
  versionNumber: number;
  version: string;
  user: string;
  recovery: boolean;
  /** False behind a pooler: no session of ours lasts there, so nothing may rely on one. */
  direct: boolean;
}

/**
 * What a role or database may set otherwise. No wait for a lock outlives this, in any statement; steps set a shorter
 * one. A pooler does not take these.
 */
const SESSION = {
  lock_timeout: '10s',
  statement_timeout: '0',
  idle_in_transaction_session_timeout: '60s',
  default_transaction_isolation: 'read committed',
  quote_all_identifiers: 'off',
};
/** Seconds that a server may take for its first answer. */
const ANSWER_SECONDS = 20;
/** The driver reads times in ISO order only. A pooler takes it. */
const FORM = { DateStyle: 'ISO' };

/**
 * Opens a pool of at most so many connections and proves it with one round trip. No prepared statements: a pooler may
 * sit in between.
 * @throws Problem CANNOT_CONNECT, WRONG_PASSWORD, DATABASE_MISSING, SERVER_TOO_OLD
 */
export async function connect(
  target: Target,
  application = 'creditshift',
  connections = 4,
): Promise<{ sql: Sql; server: ServerFacts }> {
  let sql: Sql | undefined;
  try {
    const nonce = randomUUID();
    const direct = { application_name: application, ...FORM, ...SESSION, 'creditshift.direct': nonce };
    sql = open(target, direct, connections);
    const server = await soon(readServer(sql, nonce)).catch(async error => {
      if (sqlstate(error) !== '08P01') throw error;
      // PgBouncer: "unsupported startup parameter".
      await sql?.end({ timeout: 1 });
      sql = open(target, { application_name: application, ...FORM }, connections);
      return soon(readServer(sql, nonce));
    });
    if (server.versionNumber < 150_000) {
      throw new Problem(
        'SERVER_TOO_OLD',
        `The server is PostgreSQL ${server.version}; creditshift needs 15 or later.`,
        {
          state: UNTOUCHED,
          next: 'upgrade the server first',
        },
      );
    }
    return { sql: surviveLoss(sql), server };
  } catch (error) {
    await sql?.end({ timeout: 1 });
    throw asConnectProblem(error, describeTarget(target));
  }
}

/** The first answer, or an end to the wait for it: of several hosts that are not there the driver tries one after the other for ever. */
async function soon<T>(answer: Promise<T>): Promise<T> {
  const late = Object.assign(new Error(`no answer in ${ANSWER_SECONDS} s`), { code: 'CONNECT_TIMEOUT' });
  const over = new AbortController();
  const deadline = pause(ANSWER_SECONDS * 1000, undefined, { signal: over.signal }).then(() => Promise.reject(late));
  deadline.catch(() => {});
  return Promise.race([answer, deadline]).finally(() => over.abort());
}

function open(target: Target, parameters: Record<string, string>, connections: number): Sql {
  const environment = target.environment;
  // The driver takes it for a URL without a port, too.
  const port = environment.PGPORT ? portOf(environment.PGPORT) : undefined;
  const options: postgres.Options<{
    bigint: postgres.PostgresType<number | bigint>;
    texts: postgres.PostgresType<(string | null)[]>;
  }> = {
    max: connections,
    prepare: false,
    fetch_types: false,
    connect_timeout: 10,
    onnotice: () => {},
    connection: parameters,
    types: {
      bigint: { to: 20, from: [20], serialize: String, parse: (text: string) => safeInteger(text) },
      // Without fetch_types the driver knows no arrays; text[] is the one that queries use.
      texts: { to: 1009, from: [1009], serialize: writeTexts, parse: readTexts },
    },
  };
  if (target.url) return postgres(target.url, options) as unknown as Sql;
  return postgres({
    ...options,
    ...(environment.PGHOST && { host: environment.PGHOST }),
    ...(port && { port }),
    ...(environment.PGUSER && { username: environment.PGUSER }),
    ...(environment.PGDATABASE && { database: environment.PGDATABASE }),
    ...(environment.PGPASSWORD && { password: environment.PGPASSWORD }),
    ...(environment.PGSSLMODE && {
      ssl: environment.PGSSLMODE === 'disable' ? false : (environment.PGSSLMODE as 'require'),
    }),
  }) as unknown as Sql;
}

/** @throws Problem CANNOT_CONNECT: the driver would crash on what is no port */
function portOf(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new Problem('CANNOT_CONNECT', `PGPORT is no port: ${text}.`, { state: UNTOUCHED, next: 'correct PGPORT' });
}

/** A text[] as PostgreSQL writes it; a string is one already. */
function writeTexts(values: readonly (string | null)[] | string): string {
  if (typeof values === 'string') return values;
  const element = (value: string | null) => (value === null ? 'null' : `"${value.replace(/["\\]/g, '\\$&')}"`);
  return `{${values.map(element).join(',')}}`;
}

/** The elements of a text[] of one dimension. */
function readTexts(text: string): (string | null)[] {
  const elements = text.slice(1, -1).matchAll(/"((?:[^"\\]|\\.)*)"|([^,]+)/g);
  return [...elements].map(([, quoted, bare]) =>
    quoted === undefined ? (bare === 'NULL' ? null : (bare ?? '')) : quoted.replace(/\\(.)/gs, '$1'),
  );
}

/** int8 as a number where that is exact, else as a bigint. */
function safeInteger(text: string): number | bigint {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : BigInt(text);
}

/** Another database of the same server, by the same login. */
export function targetOf({ url, environment }: Target, database: string): Target {
  if (!url) return { url, environment: { ...environment, PGDATABASE: database } };
  const other = new URL(url);
  other.pathname = `/${encodeURIComponent(database)}`;
  return { url: other.href, environment };
}

/** `host:port/database`, never a password. */
export function describeTarget(target: Target): string {
  if (!target.url) {
    const { PGHOST = 'localhost', PGPORT = '5432', PGDATABASE = target.environment.PGUSER ?? '' } = target.environment;
    return `${PGHOST}:${PGPORT}${PGDATABASE && `/${PGDATABASE}`}`;
  }
  try {
    const url = new URL(target.url);
    return `${url.host}${url.pathname}`;
  } catch {
    return 'the URL given';
  }
}

async function readServer(sql: Sql, nonce: string): Promise<ServerFacts> {
  const [row] = await sql<ServerFacts[]>`
    select current_database() as database,
           (select system_identifier::text from pg_control_system()) as "systemIdentifier",
           current_setting('server_version_num')::integer as "versionNumber",
           current_setting('server_version') as version,
           current_user as "user",
           pg_is_in_recovery() as recovery,
           coalesce(current_setting('creditshift.direct', true) = ${nonce}, false) as direct`;
  if (!row) throw new Error('the server answered nothing');
  return row;
}
