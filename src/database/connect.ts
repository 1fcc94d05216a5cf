import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import postgres from 'postgres';
import { Problem, UNTOUCHED } from '../problems.ts';
import { surviveLoss } from './begin.ts';
import { asConnectProblem, sqlstate } from './errors.ts';
import { type Attempt, attemptsOf, triesAfter } from './libpq/attempts.ts';
import { dial } from './libpq/dial.ts';
import { fault } from './libpq/fault.ts';
import { type Resolved, resolveTarget } from './libpq/resolve.ts';
import { directUrl, unreached } from './supabase.ts';

export type Sql = postgres.Sql<{ bigint: number | bigint }>;
export type Transaction = postgres.TransactionSql<{ bigint: number | bigint }>;
/** Either: a query runs the same inside a transaction and outside. */
export type Queryable = Sql | Transaction;

/** Where to connect, as libpq means it: a URL, if any, and `environment` with the files it names for the rest. */
export interface Target {
  url: string | undefined;
  environment: Readonly<Record<string, string | undefined>>;
  /** Another database than these name. */
  database?: string;
}

/** Server facts that decide whether anything may start. */
export interface ServerFacts {
  database: string;
  systemIdentifier: string;
  versionNumber: number;
  version: string;
  user: string;
  recovery: boolean;
  /** By its setting, or as a standby. */
  readOnly: boolean;
  /** False behind a pooler: no session of ours lasts there, so nothing may rely on one. */
  direct: boolean;
  /** Where the server itself is, if a pooler is in between that tells it. */
  directUrl?: string | undefined;
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
/** Seconds that a server may take for its first answer, once there is a connection. */
const ANSWER_SECONDS = 20;
/** The driver reads times in ISO order only. A pooler takes it. */
const FORM = { DateStyle: 'ISO' };

/**
 * Opens a pool of at most so many connections, all to the first server that answers and is wanted, and proves it with
 * one round trip. No prepared statements: a pooler may sit in between.
 * @throws Problem CANNOT_CONNECT, WRONG_PASSWORD, DATABASE_MISSING, SERVER_TOO_OLD
 */
export async function connect(
  target: Target,
  application = 'creditshift',
  connections = 4,
): Promise<{ sql: Sql; server: ServerFacts }> {
  let resolved: Resolved | undefined;
  try {
    resolved = resolveTarget(target);
    let tries: readonly Attempt[] = attemptsOf(resolved, target.environment.HOME);
    let failure: unknown;
    for (let [attempt] = tries; attempt; [attempt] = tries) {
      const rest = tries.slice(1);
      try {
        const { sql, server } = await reach(resolved, attempt, application, connections);
        if (attempt.wanted(server)) {
          return { sql: surviveLoss(sql), server: { ...server, directUrl: directUrl(resolved) } };
        }
        await sql.end({ timeout: 1 });
        failure = fault(
          `No server is ${resolved.settings.target_session_attrs}.`,
          'correct target_session_attrs or the hosts',
        );
        tries = triesAfter(undefined, attempt, rest);
      } catch (error) {
        failure = error;
        tries = triesAfter(error, attempt, rest);
      }
    }
    throw failure;
  } catch (error) {
    throw asConnectProblem(error, describeTarget(target), resolved && unreached(resolved));
  }
}

/** One try. @throws Problem SERVER_TOO_OLD, and what the driver throws */
async function reach(resolved: Resolved, attempt: Attempt, application: string, connections: number) {
  const nonce = randomUUID();
  const form = { application_name: application, ...FORM, ...ownParameters(resolved) };
  let sql = open(resolved, attempt, { ...form, ...SESSION, 'creditshift.direct': nonce }, connections);
  try {
    const server = await soon(readServer(sql, nonce), attempt).catch(async error => {
      if (sqlstate(error) !== '08P01') throw error;
      // PgBouncer: "unsupported startup parameter".
      await sql.end({ timeout: 1 });
      sql = open(resolved, attempt, form, connections);
      return soon(readServer(sql, nonce), attempt);
    });
    if (server.versionNumber >= 150_000) return { sql, server };
    throw new Problem('SERVER_TOO_OLD', `The server is PostgreSQL ${server.version}; creditshift needs 15 or later.`, {
      state: UNTOUCHED,
      next: 'upgrade the server first',
    });
  } catch (error) {
    await sql.end({ timeout: 1 });
    throw error;
  }
}

/** What the user sets for his sessions: PGOPTIONS. */
const ownParameters = ({ settings }: Resolved): Record<string, string> =>
  settings.options === undefined ? {} : { options: settings.options };

/** The first answer, or an end to the wait for it; without one where connect_timeout says so. */
async function soon<T>(answer: Promise<T>, { timeout }: Attempt): Promise<T> {
  if (timeout === 0) return answer;
  const limit = timeout + ANSWER_SECONDS * 1000;
  const late = Object.assign(new Error(`no answer in ${limit / 1000} s`), { code: 'CONNECT_TIMEOUT' });
  const over = new AbortController();
  const deadline = pause(limit, undefined, { signal: over.signal }).then(() => Promise.reject(late));
  deadline.catch(() => {});
  return Promise.race([answer, deadline]).finally(() => over.abort());
}

/** Everything is said, so that the driver reads nothing of this process's environment. */
function open(resolved: Resolved, attempt: Attempt, parameters: Record<string, string>, connections: number): Sql {
  const { host } = attempt;
  const options = {
    host: host.name,
    port: host.port,
    username: resolved.user,
    database: resolved.database,
    password: () => host.password ?? '',
    ssl: false,
    socket: () => dial(attempt),
    max: connections,
    prepare: false,
    fetch_types: false,
    connect_timeout: attempt.timeout / 1000,
    onnotice: () => {},
    connection: parameters,
    types: {
      bigint: { to: 20, from: [20], serialize: String, parse: (text: string) => safeInteger(text) },
      // Without fetch_types the driver knows no arrays; text[] is the one that queries use.
      texts: { to: 1009, from: [1009], serialize: writeTexts, parse: readTexts },
    },
  };
  return postgres(options as postgres.Options<Record<string, postgres.PostgresType>>) as unknown as Sql;
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
export const targetOf = (target: Target, database: string): Target => ({ ...target, database });

/** `host:port/database`, never a password. */
export function describeTarget(target: Target): string {
  try {
    const { hosts, database } = resolveTarget(target);
    return `${hosts.map(({ name, port }) => `${name.includes(':') ? `[${name}]` : name}:${port}`).join(',')}/${database}`;
  } catch {
    return 'the database named';
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
           current_setting('transaction_read_only') = 'on' as "readOnly",
           coalesce(current_setting('creditshift.direct', true) = ${nonce}, false) as direct`;
  if (!row) throw new Error('the server answered nothing');
  return row;
}
