import type { Config } from '../config/schema.ts';
import type { ServerFacts, Sql } from '../database/connect.ts';
import { readOverloads } from '../database/facts.ts';
import { isApplied, type State } from '../database/state.ts';
import { Problem, UNTOUCHED } from '../problems.ts';

/** @throws Problem NOTHING_TO_ROLL_BACK, LEGACY_DROPPED */
export function requireRollback(state: State | undefined): asserts state is State {
  if (!state) {
    throw new Problem('NOTHING_TO_ROLL_BACK', 'Nothing was migrated in this database: there is nothing to roll back.', {
      state: UNTOUCHED,
      next: 'creditshift status',
    });
  }
  if (isApplied(state, '110_drop_legacy')) {
    throw new Problem(
      'LEGACY_DROPPED',
      'The legacy columns and function were dropped: there is no way back in place.',
      {
        state: UNTOUCHED,
        next: 'creditshift rollback --method restore --into NAME   with a backup that has a dump',
      },
    );
  }
}

/** Legacy functions that are no longer what was found at the start, with their hash of now; none is the rule. */
async function changedLegacy(sql: Sql, config: Config): Promise<{ signature: string; now: string | undefined }[]> {
  const recorded = await sql<{ signature: string; hash: string }[]>`
    select signature, hash from creditshift.legacy_functions`;
  const found = await readOverloads(sql, config);
  return recorded.flatMap(({ signature, hash }) => {
    const now = found.find(f => `${f.schema}.${f.name}(${f.types})` === signature);
    return now?.hash === hash ? [] : [{ signature, now: now?.hash }];
  });
}

/**
 * The legacy function must be the one that was found at the start, to the last grant; a changed one may be accepted.
 * @throws Problem LEGACY_CHANGED
 */
export async function requireLegacyUnchanged(sql: Sql, config: Config, accepted: boolean): Promise<void> {
  const changed = await changedLegacy(sql, config);
  if (changed.length === 0 || (accepted && changed.every(c => c.now))) return;
  throw new Problem('LEGACY_CHANGED', 'The legacy function is not the one that was found before the migration.', {
    state: UNTOUCHED,
    next: 'put it back as it was, or say --accept-changed-legacy to go on with it as it is',
    details: changed.map(({ signature, now }) =>
      now ? `${signature}: definition, owner, privileges or comment differ` : `${signature} is gone`,
    ),
  });
}

/** Makes the legacy function as it is now the recorded one. */
export async function acceptLegacy(sql: Sql, config: Config): Promise<void> {
  for (const { signature, now } of await changedLegacy(sql, config)) {
    if (now) await sql`update creditshift.legacy_functions set hash = ${now} where signature = ${signature}`;
  }
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
    state: UNTOUCHED,
    next: 'connect to the database that expect: in the configuration names, or correct it there',
    details: [`expected: ${expected.database} on system ${expected.systemIdentifier ?? 'any'}`],
  });
}
