import type { Transaction } from '../../database/connect.ts';
import { isApplied } from '../../database/state.ts';
import type { Subject } from '../criterion.ts';

/** Bytes of the ledger for an organization, its indexes included; measured with four pools. */
const LEDGER = 360;
/** Bytes of the toolkit's own tables in an empty database. */
const EMPTY = 2_000_000;

/**
 * Bytes that the migration is expected to add: each balance once more, its indexes too, and a row of the ledger. WAL is
 * twice that. Measured with 50 000 organizations: 26 MB where this says 30, and 50 MB of WAL where it says 60.
 */
export async function estimate({ sql, model, state }: Subject<Transaction>): Promise<{ growth: number; wal: number }> {
  if (isApplied(state, '060_allocate')) return { growth: 0, wal: 0 };
  const table = model.balances.table.toString();
  const [row] = await sql.unsafe<{ growth: number }[]>(
    `select pg_total_relation_size($1::text::regclass)::bigint + ${LEDGER} * count(*) + ${EMPTY} as growth from ${table}`,
    [table],
  );
  const growth = Number(row?.growth ?? 0);
  return { growth, wal: 2 * growth };
}
