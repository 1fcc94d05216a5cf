import { quoteIdentifier } from '../../config/names.ts';
import type { Sql } from '../../database/connect.ts';
import { sqlstate } from '../../database/errors.ts';

/** A statement that could not be run, and why. */
export interface Unmade {
  statement: string;
  message: string;
}

/**
 * Runs statements in rounds, each with what the round before left, until none of the rest succeeds: what one needs may
 * stand behind it. What cannot be made at all shows in the comparison, if it is missed.
 */
export async function rebuild(sql: Sql, statements: readonly string[]): Promise<Unmade[]> {
  let pending = [...statements];
  for (;;) {
    const unmade: Unmade[] = [];
    for (const statement of pending) {
      const error = await sql.unsafe(statement).then(
        () => undefined,
        error => error as Error,
      );
      if (error && sqlstate(error) === undefined) throw error;
      if (error) unmade.push({ statement, message: error.message });
    }
    if (unmade.length === 0 || unmade.length === pending.length) return unmade;
    pending = unmade.map(u => u.statement);
  }
}

/**
 * Makes the roles that are not there, without a login, and says which.
 * A role that acts for all rows on the old server need not here: owners are not held by row security.
 */
export async function makeRoles(sql: Sql, roles: readonly string[]): Promise<string[]> {
  const there = await sql<{ role: string }[]>`select rolname as role from pg_roles`;
  const missing = roles.filter(role => !there.some(t => t.role === role));
  for (const role of missing) await sql.unsafe(`create role ${quoteIdentifier(role)} nologin`);
  return missing;
}

/** Removes roles that were made, once the databases that they stood in are gone. */
export async function removeRoles(sql: Sql, roles: readonly string[]): Promise<void> {
  for (const role of roles) await sql.unsafe(`drop role if exists ${quoteIdentifier(role)}`);
}
