import { quoteIdentifier } from '../../config/names.ts';
import type { Check } from '../check.ts';
import { inSlice } from '../slice.ts';
import { MIGRATED } from '../state.ts';
import { select } from '../violations.ts';

export const withinLimits: Check = {
  name: 'balances.within-limits',
  claim: '0 ≤ available ≤ total, for every organization and pool',
  why: 'a balance beyond its limits was not written by the functions',
  remedy: 'find out what wrote the row (the CHECKs forbid it); ledger.equation says what the balance has to be',
  severity: 'failure',
  states: MIGRATED,
  establishedBy: '060_allocate',
  slices: true,
  find(subject) {
    const { sql, model } = subject;
    const pools = model.pools.map(({ name, available, total }) => ({
      name,
      available: available.b.text,
      total: `b.${quoteIdentifier(total)}`,
    }));
    const shown = pools.map(p => `'${p.name} ' || ${p.available} || '/' || ${p.total}`);
    return select(
      sql,
      `select format('organization %s: %s', b.${quoteIdentifier(model.balances.owner)}, concat_ws(', ', ${shown.join(', ')}))
         from ${model.balances.table} as b
        where ${inSlice(subject, `b.${quoteIdentifier(model.balances.owner)}`)}
          and (${pools.map(p => `${p.available} < 0 or ${p.available} > ${p.total}`).join(' or ')})`,
    );
  },
};
