import { quoteIdentifier } from '../../config/names.ts';
import type { Transaction } from '../../database/connect.ts';
import { withLadder } from '../../database/ladder.ts';
import { telling } from '../locks.ts';
import { enter, type Run } from '../run.ts';
import { isOfARow, recordFailure, refuseFailures } from './failures.ts';
import { STEP } from './parts.ts';

/** Organizations looked up at once. */
const PAGE = 1000;

/**
 * Allocates one by one what the pages left: organizations whose plan changed under their page, and those that failed.
 * @throws Problem ALLOCATION_FAILED when any fails still
 */
export async function sweep(run: Run, boundary: () => Promise<void>): Promise<number> {
  let served = 0;
  let last: string | null = null;
  for (;;) {
    const left = await leftOver(run, last);
    for (const organization of left) {
      await boundary();
      if (await allocateOne(run, organization)) served += 1;
    }
    last = left.at(-1) ?? null;
    if (left.length < PAGE) break;
  }
  await forgetServed(run);
  await refuseFailures(run.sql, 0);
  return served;
}

/** Keys of organizations that are neither allocated nor decided; one scan, so the order is made afterwards. */
async function leftOver(run: Run, last: string | null): Promise<string[]> {
  const owner = `b.${quoteIdentifier(run.model.balances.owner)}`;
  const rows = await run.sql.unsafe<{ key: string }[]>(
    `with left_over as materialized (
       select ${owner} as key from ${run.model.balances.table} as b
        where b.last_sequence = 0
          and not exists (select from creditshift.exceptions as e where e.organization = ${owner} and e.kind <> 'failed')
     )
     select key::text from left_over where $1::${run.model.key} is null or key > $1 order by left_over.key limit ${PAGE}`,
    [last],
  );
  return rows.map(row => row.key);
}

async function allocateOne(run: Run, organization: string): Promise<boolean> {
  const table = run.model.balances.table.toString();
  try {
    const allocated = async (tx: Transaction) => {
      await enter(tx, run, STEP);
      await tx.unsafe(`select creditshift.allocate_by_rule($1::${run.model.key})`, [organization]);
    };
    await withLadder(run.sql, [table], allocated, telling(run, STEP));
    return true;
  } catch (error) {
    if (!isOfARow(error)) throw error;
    await withLadder(run.sql, [], async tx => {
      await enter(tx, run, STEP);
      await recordFailure(tx, run, organization, error);
    });
    await refuseFailures(run.sql);
    return false;
  }
}

/** A failure is forgotten once its organization is allocated, or gone. */
async function forgetServed(run: Run): Promise<void> {
  const { table, owner } = run.model.balances;
  await withLadder(run.sql, [], async tx => {
    await enter(tx, run, STEP);
    await tx.unsafe(
      `delete from creditshift.exceptions as e
        where e.kind = 'failed'
          and not exists (select from ${table} as b where b.${quoteIdentifier(owner)} = e.organization and b.last_sequence = 0)`,
    );
  });
}
