import type { Check } from '../check.ts';
import { MIGRATED } from '../state.ts';
import { select } from '../violations.ts';

export const limitsValidated: Check = {
  name: 'schema.limits-validated',
  claim: 'the limits of every pool are proved for all rows',
  why: 'a limit that was never proved for old rows lets a later update of them fail',
  remedy: 'ALTER TABLE … VALIDATE CONSTRAINT; where it fails, balances.within-limits lists the rows',
  severity: 'failure',
  states: MIGRATED,
  establishedBy: '070_validate',
  find: ({ sql, model }) =>
    select(
      sql,
      `select format('%s is not validated', k.conname) from pg_constraint as k
        where k.conrelid = $1::regclass and k.contype = 'c' and not k.convalidated
          and k.conname in (select jsonb_array_elements_text($2::text::jsonb))`,
      [model.balances.table.toString(), model.pools.map(pool => pool.limit)],
    ),
};
