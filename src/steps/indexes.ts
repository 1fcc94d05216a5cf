import { Problem, RESUMABLE } from '../problems.ts';
import type { Run } from './run.ts';
import { statementsOf } from './step.ts';

/**
 * Builds each index concurrently, alone and outside any transaction. An invalid leftover of a dead build is removed
 * first; a build counts as done when its index is valid and ready.
 */
export async function buildIndexes(run: Run, sql: string): Promise<{ rows: number }> {
  const statements = statementsOf(sql);
  for (const statement of statements) {
    const name = /index concurrently (\S+)/.exec(statement)?.[1]?.replaceAll('"', '') ?? '';
    const found = await findIndex(run, name);
    if (found?.valid) continue;
    if (found) await run.sql.unsafe(`drop index concurrently ${found.name}`);
    const connection = await run.sql.reserve();
    try {
      await connection`select set_config('lock_timeout', '0', false), set_config('statement_timeout', '0', false)`;
      await connection.unsafe(statement);
    } finally {
      await connection`reset all`;
      connection.release();
    }
    if (!(await findIndex(run, name))?.valid) {
      throw new Problem('STEP_FAILED', `The index ${name} was built but is not valid.`, {
        state: RESUMABLE,
        next: 'creditshift migrate   removes it and builds it again',
      });
    }
  }
  return { rows: statements.length };
}

async function findIndex(run: Run, name: string): Promise<{ name: string; valid: boolean } | undefined> {
  const [row] = await run.sql<{ name: string; valid: boolean }[]>`
    select i.indexrelid::regclass::text as name, i.indisvalid and i.indisready as valid
      from pg_index as i
      join pg_class as c on c.oid = i.indexrelid
     where c.relname = ${name}
       and i.indrelid in (${run.model.log.table.toString()}::regclass, ${run.model.balances.table.toString()}::regclass)`;
  return row;
}
