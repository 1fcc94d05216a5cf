import { spawn } from 'node:child_process';
import type { Target } from '../../database/connect.ts';
import { variablesOf } from '../../database/libpq/resolve.ts';
import { Problem, UNTOUCHED } from '../../problems.ts';

export type Environment = Target['environment'];

export interface Ended {
  /** Null where it could not be started, or a signal ended it. */
  exit: number | null;
  output: string;
  errors: string;
}

/** Characters of output that are kept. */
const KEPT = 200_000;
/** Milliseconds between two looks whether to stop. */
const LOOK = 100;

/**
 * Ends the program with this process, however that ends: the pipe on stdin closes then. What it writes is private. A
 * program in the background of a shell ignores Ctrl-C, which is for node to judge.
 */
const SCRIPT = `
umask 077
exec 3<&0 </dev/null
"$@" 3<&- &
program=$!
{ read -r end <&3; kill $program; } >/dev/null 2>&1 &
watcher=$!
wait $program
code=$?
kill $watcher
exit $code
`;

/**
 * Runs a client program of PostgreSQL, found through PATH, on the database of `target`, if one is given; how to connect
 * goes by the environment, so that no password is in argv. It is ended when `stopping` says so.
 */
export function runProgram(
  name: string,
  args: readonly string[],
  target: Target,
  { database = false, stopping }: { database?: boolean; stopping?: () => boolean } = {},
): Promise<Ended> {
  const { environment } = target;
  if (!environment.PATH) return Promise.resolve({ exit: null, output: '', errors: 'there is no PATH to find it in' });
  const said = database ? variablesOf(target) : {};
  const named = `dbname='${(said.PGDATABASE ?? '').replace(/[\\']/g, '\\$&')}'`;
  const words = database ? ['--no-password', `--dbname=${named}`, ...args] : args;
  const env = { ...environment, ...said, LC_ALL: 'C' };
  return new Promise(done => {
    const child = spawn('/bin/sh', ['-c', SCRIPT, name, name, ...words], { env, detached: true });
    const look = setInterval(() => stopping?.() && child.stdin.end(), LOOK);
    const ended: Ended = { exit: null, output: '', errors: '' };
    const keep = (stream: 'output' | 'errors') => (text: string) => {
      ended[stream] = (ended[stream] + text).slice(-KEPT);
    };
    const end = (rest: Partial<Ended>) => {
      clearInterval(look);
      done({ ...ended, ...rest });
    };
    child.stdin.on('error', () => {});
    child.stdout.setEncoding('utf8').on('data', keep('output'));
    child.stderr.setEncoding('utf8').on('data', keep('errors'));
    child.once('error', error => end({ errors: error.message }));
    child.once('close', exit => end({ exit }));
  });
}

/** Major version of a server, by its number. */
const majorOf = (versionNumber: number) => Math.floor(versionNumber / 10_000);

/** What a program has to be no older than. */
interface Needed {
  major: number;
  of: 'the server' | 'the dump';
}

/** The major version of a program, or why it cannot be used. */
export async function findProgram(
  name: string,
  needed: Needed,
  environment: Environment,
): Promise<{ major: number; fault?: undefined } | { fault: string }> {
  const { exit, output, errors } = await runProgram(name, ['--version'], { url: undefined, environment });
  if (exit === 127) return { fault: `${name} is not in PATH` };
  if (exit !== 0) return { fault: `${name}: ${errors.trim() || `exit code ${exit}`}` };
  const major = Number(/\(PostgreSQL\) (\d+)/.exec(output)?.[1] ?? 0);
  if (major >= needed.major) return { major };
  return { fault: `${name} is of PostgreSQL ${major}, ${needed.of} is PostgreSQL ${needed.major}` };
}

export const ofServer = (versionNumber: number): Needed => ({ major: majorOf(versionNumber), of: 'the server' });

/**
 * Programs no older than what they are needed for.
 * @param who needs them, and what else can be done
 * @throws Problem PG_DUMP_NEEDED
 */
export async function requirePrograms(
  names: readonly string[],
  needed: Needed,
  environment: Environment,
  who: { needs: string; instead?: string },
): Promise<void> {
  const faults: string[] = [];
  for (const name of names) {
    const { fault } = await findProgram(name, needed, environment);
    if (fault) faults.push(fault);
  }
  if (faults.length === 0) return;
  const message = `${who.needs} needs ${names.join(' and ')} of PostgreSQL ${needed.major} or later.`;
  throw new Problem('PG_DUMP_NEEDED', message, {
    state: UNTOUCHED,
    next: `install them (on Debian: apt-get install postgresql-client-${needed.major})${who.instead ? `, or ${who.instead}` : ''}`,
    details: faults,
  });
}
