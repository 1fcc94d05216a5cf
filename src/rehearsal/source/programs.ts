import { spawn } from 'node:child_process';
import { Problem, UNTOUCHED } from '../../problems.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

interface Ended {
  /** Null where it could not be started. */
  exit: number | null;
  output: string;
  errors: string;
}

/** Characters of output that are kept. */
const KEPT = 200_000;

/** Runs a client program of PostgreSQL on the database of `url`; the password goes by the environment, never in argv. */
export function runProgram(
  name: string,
  args: readonly string[],
  environment: Environment,
  url?: string,
): Promise<Ended> {
  const { bare, password } = url === undefined ? {} : withoutPassword(url);
  const words = bare === undefined ? args : [`--dbname=${bare}`, '--no-password', ...args];
  const env = { ...environment, LC_ALL: 'C', ...(password && { PGPASSWORD: password }) };
  return new Promise(done => {
    const child = spawn(name, words, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const ended: Ended = { exit: null, output: '', errors: '' };
    const keep = (stream: 'output' | 'errors') => (text: string) => {
      ended[stream] = (ended[stream] + text).slice(-KEPT);
    };
    child.stdout.setEncoding('utf8').on('data', keep('output'));
    child.stderr.setEncoding('utf8').on('data', keep('errors'));
    child.once('error', error => done({ ...ended, errors: error.message }));
    child.once('close', exit => done({ ...ended, exit }));
  });
}

/** The URL as others on the machine may read it, and its password. */
function withoutPassword(url: string): { bare: string; password: string | undefined } {
  const parsed = new URL(url);
  const password = decodeURIComponent(parsed.password) || parsed.searchParams.get('password') || undefined;
  parsed.password = '';
  parsed.searchParams.delete('password');
  return { bare: parsed.href, password };
}

/**
 * pg_dump and pg_restore, no older than the server.
 * @throws Problem PG_DUMP_NEEDED
 */
export async function requirePrograms(serverVersion: number, environment: Environment): Promise<void> {
  const needed = Math.floor(serverVersion / 10_000);
  const faults: string[] = [];
  for (const name of ['pg_dump', 'pg_restore']) {
    const { exit, output, errors } = await runProgram(name, ['--version'], environment);
    const major = Number(/\(PostgreSQL\) (\d+)/.exec(output)?.[1] ?? 0);
    if (exit !== 0) faults.push(`${name}: ${errors.trim() || `exit code ${exit}`}`);
    else if (major < needed) faults.push(`${name} is of PostgreSQL ${major}, the server is PostgreSQL ${needed}`);
  }
  if (faults.length === 0) return;
  throw new Problem('PG_DUMP_NEEDED', `--from needs pg_dump and pg_restore of PostgreSQL ${needed} or later.`, {
    state: UNTOUCHED,
    next:
      `install them (on Debian: apt-get install postgresql-client-${needed}), or write a dump where they are ` +
      '(pg_dump --inserts) and rehearse that: creditshift dry-run dump.sql',
    details: faults,
  });
}
