import type { Check } from '../check.ts';
import { MIGRATED } from '../state.ts';
import { columnViolations } from './columns.ts';

export const balanceColumns: Check = {
  name: 'schema.balance-columns',
  claim: 'every pool has its columns on the balance table and in the ledger, with the right types',
  why: 'every charge writes these columns',
  remedy: 'put the column back as migrations/020_expand_balances.sql makes it (creditshift plan --sql prints it)',
  severity: 'failure',
  states: MIGRATED,
  establishedBy: '020_expand_balances',
  find({ sql, model }) {
    const table = model.balances.table.toString();
    return columnViolations(sql, [
      { table, name: 'last_sequence', type: 'bigint', counts: true },
      { table, name: 'last_updated', type: 'timestamp with time zone' },
      ...model.pools.flatMap(pool =>
        [pool.counter, pool.total].map(name => ({ table, name, type: pool.type.text, counts: true })),
      ),
      ...model.pools.flatMap(pool =>
        Object.entries(pool.allocation).map(([column, name]) => ({
          table: 'creditshift.allocations',
          name,
          type: 'bigint',
          counts: column !== 'extra' && column !== 'carried',
        })),
      ),
    ]);
  },
};
