import { quoteIdentifier } from '../../config/names.ts';
import type { Check } from '../check.ts';
import { inSlice } from '../slice.ts';
import { MIGRATED } from '../state.ts';
import { select } from '../violations.ts';

export const creditsWithoutOrganization: Check = {
  name: 'balances.credits-without-organization',
  claim: 'every balance row belongs to an organization',
  why: 'such credits count in every sum, and nobody can use them',
  remedy: 'remove the row, or restore its organization; policies.orphans says whether it is a failure (report, refuse)',
  severity: config => (config.policies.orphans === 'refuse' ? 'failure' : 'warning'),
  states: MIGRATED,
  establishedBy: '060_allocate',
  slices: true,
  find(subject) {
    const { sql, model } = subject;
    const { tenants, balances } = model;
    const owner = `b.${quoteIdentifier(balances.owner)}`;
    const key = `o.${quoteIdentifier(tenants.key)}`;
    return select(
      sql,
      `select format('balance row of %s', coalesce(${owner}::text, 'null'))
         from ${balances.table} as b
        where ${inSlice(subject, owner)}
          and not exists (select from ${tenants.table} as o where ${key} = ${owner} and ${inSlice(subject, key)})`,
    );
  },
};
