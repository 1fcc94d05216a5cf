import { openingsFactsSql, RETENTION } from '../audit/openings.ts';
import type { Queryable } from '../database/connect.ts';
import { journal, type Run } from '../steps/run.ts';

/** Whether a retention was begun and its end is not in the journal: it was stopped, or killed. */
export async function isUnfinished(sql: Queryable): Promise<boolean> {
  const [last] = await sql.unsafe<{ event: string }[]>(RETENTION);
  return last?.event === 'retention begun';
}

/** Journals the end of a retention, with what all openings come to, so that a later change of one shows. */
export async function recordEnd(run: Run, facts: object): Promise<void> {
  await run.sql.begin(async tx => {
    await run.lease?.fence(tx);
    const [row] = await tx.unsafe<{ facts: object }[]>(openingsFactsSql(run.model));
    await journal(tx, run, 'retention', { ...facts, standing: row?.facts });
  });
}
