import { setTimeout as pause } from 'node:timers/promises';
import { renderSql } from '../config/render.ts';
import type { Sql } from '../database/connect.ts';
import { sqlstate } from '../database/errors.ts';
import { withLadder } from '../database/ladder.ts';
import { Problem, RESUMABLE } from '../problems.ts';
import { enter, type Run } from './run.ts';

/** Milliseconds that transactions get to end, and between two looks at them. */
const PATIENCE = 5000;
const LOOK = 20;

/**
 * Drops what a shim left that was taken away, once every transaction of now has ended: a later one finds the legacy
 * function behind the name. Does nothing where nothing is left.
 * @returns false where one of them does not end
 * @throws Problem DEPENDENTS
 */
export async function dropRetiredShim(run: Run): Promise<boolean> {
  const [left] = await run.sql<{ there: boolean }[]>`select to_regnamespace('creditshift_shadow') is not null as there`;
  if (!left?.there) return true;
  const since = performance.now();
  const before = await transactions(run.sql);
  for (let now = before; before.some(t => now.includes(t)); now = await transactions(run.sql)) {
    if (performance.now() - since > PATIENCE) return false;
    await pause(LOOK);
  }
  await withLadder(run.sql, [], async tx => {
    await enter(tx, run, 'shadow');
    await tx.unsafe(renderSql('migrations/_retired_shim.sql', run.model));
  }).catch(error => {
    if (sqlstate(error) !== '2BP01') throw error;
    const { message, detail = '' } = error as Error & { detail?: string };
    throw new Problem('DEPENDENTS', `Something was built on the shim: ${message}.`, {
      state: 'The legacy function stands behind its name again; what was built calls it.',
      next: 'drop or change these, then the same command again',
      details: detail.split('\n').filter(line => line !== ''),
      cause: error,
    });
  });
  return true;
}

/** Where it cannot be dropped yet. */
export const retiredShimInUse = () =>
  new Problem('LOCK_TIMEOUT', 'A transaction may still call the shim that was taken away.', {
    state: `${RESUMABLE} The legacy function stands behind its name.`,
    next: 'wait for the oldest transaction in pg_stat_activity, or end it; then the same command again',
  });

/** Every transaction of this database but its own, by what all logins may see. */
async function transactions(sql: Sql): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    select l.virtualtransaction as id
      from pg_locks as l
      join pg_stat_activity as a on a.pid = l.pid
     where l.locktype = 'virtualxid' and l.granted and a.pid <> pg_backend_pid() and a.datname = current_database()
       and a.backend_type is distinct from 'autovacuum worker'`;
  return rows.map(row => row.id);
}
