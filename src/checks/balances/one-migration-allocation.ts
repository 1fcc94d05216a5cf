import { quoteIdentifier } from '../../config/names.ts';
import type { Check } from '../check.ts';
import { inSlice } from '../slice.ts';
import { MIGRATED } from '../state.ts';
import { select } from '../violations.ts';

export const oneMigrationAllocation: Check = {
  name: 'balances.one-migration-allocation',
  claim: 'every organization with a balance row was allocated once by the migration, or is a recorded exception',
  why: 'who was allocated twice has too many credits, who never was has none',
  remedy: 'creditshift reallocate --organization ID, or a rule in assignments',
  severity: 'failure',
  states: MIGRATED,
  establishedBy: '060_allocate',
  slices: true,
  find(subject) {
    const { sql, model } = subject;
    const owner = `b.${quoteIdentifier(model.balances.owner)}`;
    return select(
      sql,
      `select format('organization %s has no allocation and no recorded exception', ${owner})
         from ${model.balances.table} as b
        where not exists (select from creditshift.allocations as a where a.organization = ${owner} and a.kind = 'migration' and ${inSlice(subject, 'a.organization')})
          and not exists (select from creditshift.exceptions as e where e.organization = ${owner})
          and ${inSlice(subject, owner)}
       union all
       select format('organization %s was allocated %s times', organization, count(*))
         from creditshift.allocations
        where kind = 'migration' and ${inSlice(subject, 'organization')} group by organization having count(*) > 1`,
    );
  },
};
