import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { processEnvironment } from './environment.ts';

/** Seconds that pg_restore takes to put tables of a database back as pg_dump found them; undefined where it is missing. */
export function pgRestore(url: string, tables: readonly string[]): number | undefined {
  if (spawnSync('pg_restore', ['--version']).status !== 0) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'creditshift-bench-'));
  const file = join(folder, 'dump');
  const run = (program: string, ...args: string[]) => {
    const started = performance.now();
    const { status, stderr } = spawnSync(program, args, { env: processEnvironment(url), encoding: 'utf8' });
    if (status !== 0) throw new Error(`${program} ended with ${status}:\n${stderr}`);
    return (performance.now() - started) / 1000;
  };
  try {
    run('pg_dump', '--format=custom', '--file', file, ...tables.map(table => `--table=public.${table}`));
    return run('pg_restore', '--clean', '--dbname', new URL(url).pathname.slice(1), file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
