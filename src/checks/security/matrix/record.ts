import type { Queryable, Sql } from '../../../database/connect.ts';
import type { Subject } from '../../check.ts';
import { rolledBack } from '../../isolation.ts';
import { keyOf } from './cell.ts';
import type { Before } from './judge.ts';
import { type Matrix, tryMatrix } from './matrix.ts';

/** The name of the matrix in creditshift.baseline. */
const SUBJECT = 'matrix';

/** Tries the matrix before anything is changed and keeps it, to tell later what was open before; once. */
export async function recordMatrix(sql: Sql, subject: Omit<Subject, 'sql'>): Promise<void> {
  const [known] = await sql`select from creditshift.baseline where subject = ${SUBJECT}`;
  if (known) return;
  const matrix = await rolledBack(sql, tx => tryMatrix(tx, subject));
  await sql`
    insert into creditshift.baseline (subject, recorded_at, document)
    values (${SUBJECT}, clock_timestamp(), ${JSON.stringify(matrix)}::text::jsonb)
    on conflict do nothing`;
}

/** The cells of before the migration; none where nothing is recorded. */
export async function readMatrix(sql: Queryable): Promise<Before> {
  const [row] = await sql<{ document: Matrix }[]>`select document from creditshift.baseline where subject = ${SUBJECT}`;
  return new Map((row?.document.cells ?? []).map(cell => [keyOf(cell), cell.outcome]));
}
