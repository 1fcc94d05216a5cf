import { quoteIdentifier } from '../config/names.ts';
import type { Transaction } from './connect.ts';

/** Where rows came with their keys: the next row must not get a key that one of them has. */
export async function advanceCounters(tx: Transaction, table: string, columns: readonly string[]): Promise<void> {
  for (const column of columns) {
    const [row] = await tx<{ counter: string | null }[]>`select pg_get_serial_sequence(${table}, ${column}) as counter`;
    if (!row?.counter) continue;
    await tx.unsafe(
      `select setval($1::regclass, m.top) from (select max(${quoteIdentifier(column)})::bigint from ${table}) as m (top)
        where m.top is not null`,
      [row.counter],
    );
  }
}
