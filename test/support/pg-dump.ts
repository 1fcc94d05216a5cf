import { spawnSync } from 'node:child_process';
import { inject } from 'vitest';

const { error, stdout } = spawnSync('pg_dump', ['--version'], { encoding: 'utf8' });
const found = Number(/\(PostgreSQL\) (\d+)/.exec(stdout ?? '')?.[1]);

/** Why pg_dump cannot dump the server of the tests, for the names of those that are skipped; empty where it can. */
export const reason = error
  ? 'pg_dump is not here: apt-get install postgresql-client'
  : found < Number(inject('postgres'))
    ? `pg_dump is of PostgreSQL ${found}, the server is PostgreSQL ${inject('postgres')}`
    : '';
