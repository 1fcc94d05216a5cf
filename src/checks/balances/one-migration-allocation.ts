import { quoteIdentifier } from '../../config/names.ts';
import type { Check } from '../check.ts';
import { MIGRATED } from '../state.ts';
import { select } from '../violations.ts';

export const oneMigrationAllocation: Check = {
  name: 'balances.one-migration-allocation',
  claim: 'every organization with a balance row was allocated once by the migration, or is a recorded exception',
  remedy: 'creditshift reallocate --organization ID, or a rule in assignments',
  severity: 'failure',
  states: MIGRATED,
  establishedBy: '060_allocate',
  find({ sql, model }) {
    const owner = `b.${quoteIdentifier(model.balances.owner)}`;
    return select(
      sql,
      `select format('organization %s has no allocation and no recorded exception', ${owner})
         from ${model.balances.table} as b
        where not exists (select from creditshift.allocations as a where a.organization = ${owner} and a.kind = 'migration')
          and not exists (select from creditshift.exceptions as e where e.organization = ${owner})
       union all
       select format('organization %s was allocated %s times', organization, count(*))
         from creditshift.allocations where kind = 'migration' group by organization having count(*) > 1`,
    );
  },
};
