import { type Environment, runProgram } from '../../backup/dump/programs.ts';
import { notRestored } from '../../backup/dump/restore.ts';
import { Problem, UNTOUCHED } from '../../problems.ts';

/** Everything but rows, roles and what a copy must not connect to. */
const WHAT = ['--schema-only', '--no-subscriptions', '--no-tablespaces', '--no-security-labels'];

/**
 * Writes the schema of an exported snapshot to a file, in pg_dump's own format. It takes ACCESS SHARE locks only.
 * @throws Problem PRIVILEGE_MISSING, STEP_FAILED
 */
export async function dumpSchema(url: string, snapshot: string, file: string, environment: Environment): Promise<void> {
  const args = ['--format=custom', `--snapshot=${snapshot}`, '--lock-wait-timeout=10000', ...WHAT, `--file=${file}`];
  const { exit, errors } = await runProgram('pg_dump', args, { url, environment }, { database: true });
  if (exit === 0) return;
  const denied = errors.includes('permission denied');
  throw new Problem(denied ? 'PRIVILEGE_MISSING' : 'STEP_FAILED', 'pg_dump could not read the schema.', {
    state: UNTOUCHED,
    next: denied
      ? 'grant pg_read_all_data to the role, or connect as the owner'
      : 'correct the cause; then the same command again',
    details: errors.trim().split('\n').slice(0, 5),
  });
}

/**
 * Puts the schema into an empty database. What the server there cannot hold, such as an extension that it lacks and what
 * needs it, is left out and told, a line each.
 */
export async function restoreSchema(url: string, file: string, environment: Environment): Promise<string[]> {
  const { exit, errors } = await runProgram('pg_restore', [file], { url, environment }, { database: true });
  if (exit === 0) return [];
  const lines = notRestored(errors);
  if (errors.includes('errors ignored on restore')) return lines;
  throw new Problem('DISPOSABLE_UNAVAILABLE', 'The schema could not be put on the throw-away server.', {
    state: UNTOUCHED,
    next: 'name another server with --server',
    details: lines,
  });
}
