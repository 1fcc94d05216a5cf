import type { Check } from '../check.ts';
import { MIGRATED } from '../state.ts';
import { columnViolations } from './columns.ts';

export const logColumns: Check = {
  name: 'schema.log-columns',
  claim: 'the log has its own columns and those of every pool, with the right types',
  why: 'an entry without them cannot be added up, reversed or settled',
  remedy: 'put the column back as migrations/040_expand_log.sql makes it (creditshift plan --sql prints it)',
  severity: 'failure',
  states: MIGRATED,
  establishedBy: '040_expand_log',
  find({ sql, model }) {
    const table = model.log.table.toString();
    return columnViolations(sql, [
      { table, name: 'sequence', type: 'bigint' },
      { table, name: 'quantity', type: 'bigint' },
      { table, name: 'success', type: 'boolean' },
      { table, name: 'idempotency_key', type: 'text' },
      { table, name: 'legacy_delta', type: model.legacyType.text },
      ...model.pools.flatMap(pool => [
        { table, name: pool.consumed, type: pool.type.text, counts: true },
        { table, name: pool.after, type: pool.type.text },
      ]),
    ]);
  },
};
