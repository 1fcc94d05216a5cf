import type { Queryable, Transaction } from '../../database/connect.ts';
import { sqlstate } from '../../database/errors.ts';
import { Problem, RESUMABLE } from '../../problems.ts';
import type { Run } from '../run.ts';

/** So many failures are no longer single bad rows: the run stops there. */
const MOST = 100;
/** Failures that the problem names. */
const SHOWN = 20;

/** Classes of SQLSTATE that the data of a row, or the user's own triggers and constraints, can raise. */
const OF_A_ROW = /^(21|22|23|27|38|39|44|P0)/;

/** Whether one organization may be what failed a statement, so that the rest can go on without it. */
export const isOfARow = (error: unknown): boolean => OF_A_ROW.test(sqlstate(error) ?? '');

/** Records why an organization could not be allocated. */
export async function recordFailure(tx: Transaction, run: Run, organization: string, error: unknown): Promise<void> {
  const reason = `${(error as Error).message} (SQLSTATE ${sqlstate(error)})`;
  await tx.unsafe(
    `insert into creditshift.exceptions (organization, kind, reason) values ($1::${run.model.key}, 'failed', $2)
         on conflict (organization) do update set kind = excluded.kind, reason = excluded.reason, at = excluded.at`,
    [organization, reason],
  );
  run.progress({ event: 'note', text: `${organization} could not be allocated: ${reason}` });
}

/**
 * Stops the run when more than `allowed` organizations have failed.
 * @throws Problem ALLOCATION_FAILED naming the first of them
 */
export async function refuseFailures(sql: Queryable, allowed = MOST): Promise<void> {
  const failures = await sql<{ organization: string; reason: string; count: number }[]>`
    select organization::text, reason, count(*) over ()::integer as count
      from creditshift.exceptions where kind = 'failed' order by at limit ${SHOWN}`;
  const count = failures[0]?.count ?? 0;
  if (count <= allowed) return;
  const rest = allowed === 0 ? 'all others are' : 'the run stopped there';
  throw new Problem(
    'ALLOCATION_FAILED',
    `${count} ${count === 1 ? 'organization' : 'organizations'} could not be allocated; ${rest}.`,
    {
      state: RESUMABLE,
      next: 'correct the rows, or what refuses them; then creditshift migrate tries these again',
      details: failures.map(failure => `${failure.organization}: ${failure.reason}`),
    },
  );
}
