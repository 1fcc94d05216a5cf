import { quoteIdentifier } from '../../config/names.ts';
import type { Check } from '../check.ts';
import { inSlice } from '../slice.ts';
import { MIGRATED } from '../state.ts';
import { select } from '../violations.ts';

export const noNulls: Check = {
  name: 'balances.no-nulls',
  claim: 'no pool column, owner or counter of a balance row is null',
  why: 'a comparison with null is neither true nor false: the charge would be refused',
  remedy: 'set the balance that ledger.equation gives, then ALTER COLUMN … SET NOT NULL again',
  severity: 'failure',
  states: MIGRATED,
  establishedBy: '060_allocate',
  slices: true,
  find(subject) {
    const { sql, model } = subject;
    const owner = `b.${quoteIdentifier(model.balances.owner)}`;
    const columns = ['last_sequence', ...model.pools.flatMap(pool => [pool.counter, pool.total])];
    const nulls = [owner, ...columns.map(column => `b.${quoteIdentifier(column)}`)];
    return select(
      sql,
      `select format('organization %s: %s values are null', coalesce(${owner}::text, 'null'), num_nulls(${nulls.join(', ')}))
         from ${model.balances.table} as b
        where ${inSlice(subject, owner)} and num_nulls(${nulls.join(', ')}) > 0`,
    );
  },
};
