import type { Queryable, ServerFacts, Sql } from '../database/connect.ts';
import { catalogBefore, catalogHash } from '../rehearsal/hashes.ts';
import { journal } from '../steps/run.ts';
import { type Baseline, readBaseline, SUBJECT_NAMES } from './file.ts';

/** What a file tells of this database as it was before the migration: all of it, or why it does not count. */
export interface Recorded {
  /** Undefined where there is no file, or it does not count. */
  baseline: Baseline | undefined;
  against: string[];
}

/** What the file holds for this very database and the catalog that it had. */
export async function recordedBaseline(sql: Queryable, server: ServerFacts, file: string): Promise<Recorded> {
  const found = await readBaseline(file);
  if (found === undefined) return { baseline: undefined, against: ['none is recorded'] };
  if (typeof found === 'string') return { baseline: undefined, against: [`it cannot be read: ${found}`] };
  const against = [
    ...(found.systemIdentifier === server.systemIdentifier ? [] : ['it is of another server']),
    ...(found.database === server.database ? [] : [`it is of the database ${found.database}`]),
  ];
  if (against.length === 0 && found.schema !== catalogHash(await catalogBefore(sql)))
    against.push('the schema of this database is another than the one measured');
  return { baseline: against.length === 0 ? found : undefined, against };
}

/**
 * Writes what the file holds into creditshift.baseline, once; a later run goes on where an earlier one was killed before it.
 * @returns why it was left out; undefined where it was not, or where there is no file
 */
export async function importBaseline(
  sql: Sql,
  run: { id: string },
  server: ServerFacts,
  file: string,
): Promise<string | undefined> {
  const known = await sql<{ subject: string }[]>`select subject from creditshift.baseline`;
  const subjects = SUBJECT_NAMES.filter(name => !known.some(({ subject }) => subject === name));
  if (subjects.length === 0 || (await readBaseline(file)) === undefined) return undefined;
  const { baseline, against } = await recordedBaseline(sql, server, file);
  if (!baseline) return against.join('; ');
  await sql.begin(async tx => {
    for (const subject of subjects)
      await tx`
        insert into creditshift.baseline (subject, recorded_at, document)
        values (${subject}, ${baseline.recordedAt}, ${JSON.stringify(baseline[subject])}::text::jsonb)`;
    await journal(tx, run, 'imported', { subjects, recordedAt: baseline.recordedAt });
  });
  return undefined;
}
