import { quoteIdentifier } from '../../config/names.ts';
import type { Check } from '../check.ts';
import { MIGRATED } from '../state.ts';
import { select } from '../violations.ts';

export const creditsWithoutOrganization: Check = {
  name: 'balances.credits-without-organization',
  claim: 'every balance row belongs to an organization',
  remedy: 'remove the row, or restore its organization; policies.orphans says whether it is a failure (report, refuse)',
  severity: config => (config.policies.orphans === 'refuse' ? 'failure' : 'warning'),
  states: MIGRATED,
  establishedBy: '060_allocate',
  find({ sql, model }) {
    const { tenants, balances } = model;
    const owner = `b.${quoteIdentifier(balances.owner)}`;
    return select(
      sql,
      `select format('balance row of %s', coalesce(${owner}::text, 'null'))
         from ${balances.table} as b
        where not exists (select from ${tenants.table} as o where o.${quoteIdentifier(tenants.key)} = ${owner})`,
    );
  },
};
