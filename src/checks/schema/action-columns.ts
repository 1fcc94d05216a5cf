import type { Check } from '../check.ts';
import { MIGRATED } from '../state.ts';
import { columnViolations } from './columns.ts';

export const actionColumns: Check = {
  name: 'schema.action-columns',
  claim: 'the price list says for every pool what an action charges, with the right types',
  why: 'every charge reads its price there',
  remedy: 'put the column back as migrations/030_expand_actions.sql makes it (creditshift plan --sql prints it)',
  severity: 'failure',
  states: MIGRATED,
  establishedBy: '030_expand_actions',
  find({ sql, model }) {
    const table = model.actions.table.toString();
    return columnViolations(
      sql,
      model.pools.map(pool => ({ table, name: pool.required, type: 'integer', counts: true })),
    );
  },
};
