import { quoteIdentifier } from '../../config/names.ts';
import type { Check } from '../check.ts';
import { inSlice } from '../slice.ts';
import { MIGRATED } from '../state.ts';
import { select } from '../violations.ts';

export const organizationsWithoutCredits: Check = {
  name: 'balances.organizations-without-credits',
  claim: 'every organization has a balance row',
  why: 'without a row an organization cannot be charged at all',
  remedy: 'give it a row, or say with policies.withoutCredits what shall be (report, create, refuse)',
  severity: config => (config.policies.withoutCredits === 'refuse' ? 'failure' : 'warning'),
  states: MIGRATED,
  establishedBy: '060_allocate',
  slices: true,
  find(subject) {
    const { sql, model } = subject;
    const { tenants, balances } = model;
    const key = `o.${quoteIdentifier(tenants.key)}`;
    const owner = `b.${quoteIdentifier(balances.owner)}`;
    return select(
      sql,
      `select format('organization %s (%s)', ${key}, o.${quoteIdentifier(tenants.name)})
         from ${tenants.table} as o
        where ${inSlice(subject, key)}
          and not exists (select from ${balances.table} as b where ${owner} = ${key} and ${inSlice(subject, owner)})`,
    );
  },
};
