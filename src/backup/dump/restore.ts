import { join } from 'node:path';
import type { Target } from '../../database/connect.ts';
import { DUMP } from '../manifest.ts';
import { runProgram } from './programs.ts';
import { JOBS } from './take.ts';

/** Restores the dump of a backup into an empty database; what could not be restored comes back, a line each. */
export async function restoreDump(folder: string, target: Target, stopping?: () => boolean): Promise<string[]> {
  const args = [`--jobs=${JOBS}`, join(folder, DUMP)];
  const { exit, errors } = await runProgram('pg_restore', args, target, {
    database: true,
    ...(stopping && { stopping }),
  });
  return exit === 0 ? [] : notRestored(errors);
}

/** What pg_restore complains about, a line each: the commands that failed, or why it gave up. */
export function notRestored(errors: string): string[] {
  const entries = errors.matchAll(/could not execute query: ERROR:\s+(.*)\n(?:.*\n)*?Command was: (.*)/g);
  const commands = [...entries].map(([, reason, command]) => `${command} ${reason}`);
  return commands.length > 0 ? commands : errors.trim().split('\n').slice(0, 5);
}
