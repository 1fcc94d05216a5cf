import { quoteIdentifier } from '../../config/names.ts';
import type { Check } from '../check.ts';
import { MIGRATED } from '../state.ts';
import { select } from '../violations.ts';

export const organizationsWithoutCredits: Check = {
  name: 'balances.organizations-without-credits',
  claim: 'every organization has a balance row',
  remedy: 'give it a row, or say with policies.withoutCredits what shall be (report, create, refuse)',
  severity: config => (config.policies.withoutCredits === 'refuse' ? 'failure' : 'warning'),
  states: MIGRATED,
  establishedBy: '060_allocate',
  find({ sql, model }) {
    const { tenants, balances } = model;
    const key = `o.${quoteIdentifier(tenants.key)}`;
    return select(
      sql,
      `select format('organization %s (%s)', ${key}, o.${quoteIdentifier(tenants.name)})
         from ${tenants.table} as o
        where not exists (select from ${balances.table} as b where b.${quoteIdentifier(balances.owner)} = ${key})`,
    );
  },
};
