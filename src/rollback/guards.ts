import type { Config } from '../config/schema.ts';
import type { ServerFacts, Sql } from '../database/connect.ts';
import { readOverloads } from '../database/facts.ts';
import { isApplied, type State } from '../database/state.ts';
import { Problem } from '../problems.ts';

const UNCHANGED = 'The database is untouched by this run.';

/** @throws Problem NOTHING_TO_ROLL_BACK, LEGACY_DROPPED */
export function requireRollback(state: State | undefined): asserts state is State {
  if (!state) {
    throw new Problem('NOTHING_TO_ROLL_BACK', 'Nothing was migrated in this database: there is nothing to roll back.', {
      state: 'The database is untouched.',
      next: 'creditshift status',
    });
  }
  if (isApplied(state, '110_drop_legacy')) {
    throw new Problem(
      'LEGACY_DROPPED',
      'The legacy columns and function were dropped: there is no way back in place.',
      {
        state: UNCHANGED,
        next: 'restore a backup into a new database',
      },
    );
  }
}

/** The legacy function must be the one that was found at the start, to the last grant. @throws Problem LEGACY_CHANGED */
export async function requireLegacyUnchanged(sql: Sql, config: Config, accepted: boolean): Promise<void> {
  if (accepted) return;
  const recorded = await sql<
    { signature: string; hash: string }[]
  >`select signature, hash from creditshift.legacy_functions`;
  const found = await readOverloads(sql, config);
  const details = recorded.flatMap(({ signature, hash }) => {
    const now = found.find(f => `${f.schema}.${f.name}(${f.types})` === signature);
    if (!now) return [`${signature} is gone`];
    return now.hash === hash ? [] : [`${signature}: definition, owner, privileges or comment differ`];
  });
  if (details.length === 0) return;
  throw new Problem('LEGACY_CHANGED', 'The legacy function is not the one that was found before the migration.', {
    state: UNCHANGED,
    next: 'put it back as it was, or say --accept-changed-legacy to go on with it as it is',
    details,
  });
}

/** Unattended runs act only where `expect:` matches. @throws Problem WRONG_DATABASE */
export function requireExpected(config: Config, server: ServerFacts, unattended: boolean): void {
  const expected = config.expect;
  if (!unattended || !expected) return;
  const matches =
    expected.database === server.database &&
    (expected.systemIdentifier ?? server.systemIdentifier) === server.systemIdentifier;
  if (matches) return;
  throw new Problem('WRONG_DATABASE', `This is ${server.database} on system ${server.systemIdentifier}.`, {
    state: UNCHANGED,
    next: 'connect to the database that expect: in the configuration names, or correct it there',
    details: [`expected: ${expected.database} on system ${expected.systemIdentifier ?? 'any'}`],
  });
}
