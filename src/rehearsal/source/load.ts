import type { Environment } from '../../backup/dump/programs.ts';
import { copyIn } from '../../backup/stream.ts';
import { quoteIdentifier } from '../../config/names.ts';
import type { Config } from '../../config/schema.ts';
import type { Sql } from '../../database/connect.ts';
import { advanceCounters } from '../../database/counters.ts';
import { readFacts } from '../../database/facts.ts';
import { Problem, UNTOUCHED } from '../../problems.ts';
import type { ReadSource } from './read.ts';
import { makeRoles } from './roles.ts';
import { restoreSchema } from './schema.ts';

/**
 * Puts what was read into an empty database of the throw-away server; returns what that server could not hold. `made`
 * takes the names of roles as soon as they are there.
 * @throws Problem DISPOSABLE_UNAVAILABLE where the credit tables are among it
 */
export async function loadSource(
  sql: Sql,
  url: string,
  source: ReadSource,
  environment: Environment,
  config: Config,
  made: string[],
): Promise<string[]> {
  made.push(...(await makeRoles(sql, source.roles)));
  const leftOut = await restoreSchema(url, source.schema, environment);
  await requireComplete(sql, config, leftOut);
  await sql.begin(async tx => {
    // References to rows that were not copied, and triggers of the application, are not for a copy.
    await tx`set local session_replication_role = replica`;
    for (const { table, columns, file } of source.tables) {
      const list = columns.map(quoteIdentifier).join(', ');
      await copyIn(tx, `copy ${table} (${list}) from stdin (format text, encoding 'UTF8')`, file);
      await advanceCounters(tx, table.toString(), columns);
    }
  });
  await sql.unsafe('analyze');
  return leftOut;
}

async function requireComplete(sql: Sql, config: Config, leftOut: readonly string[]): Promise<void> {
  try {
    await readFacts(sql, config);
  } catch (cause) {
    if (leftOut.length === 0) throw cause;
    throw new Problem('DISPOSABLE_UNAVAILABLE', 'The throw-away server cannot hold a copy of the credit tables.', {
      state: UNTOUCHED,
      next: 'name a server that has what they need: --server docker --image IMAGE, or the URL of one where databases may be created',
      details: leftOut.slice(0, 20),
      cause,
    });
  }
}
