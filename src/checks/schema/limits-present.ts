import type { Check } from '../check.ts';
import { MIGRATED } from '../state.ts';
import { select } from '../violations.ts';

export const limitsPresent: Check = {
  name: 'schema.limits-present',
  claim: 'a named CHECK keeps 0 ≤ available ≤ total for every pool',
  why: 'they are the last line against overdrawing, whoever writes the row',
  remedy:
    'add the constraint NOT VALID and validate it, as migrations/020 and 070 do (creditshift plan --sql prints them)',
  severity: 'failure',
  states: MIGRATED,
  establishedBy: '020_expand_balances',
  find: ({ sql, model }) =>
    select(
      sql,
      `select format('%s: %s', w."limit", coalesce(pg_get_constraintdef(k.oid), 'missing'))
         from jsonb_to_recordset($2::text::jsonb) as w ("limit" text, counter text, total text)
         left join pg_constraint as k on k.conrelid = $1::regclass and k.conname = w."limit" and k.contype = 'c'
        where regexp_replace(pg_get_constraintdef(k.oid), ' NOT VALID$', '')
              is distinct from format('CHECK (((0 <= %1$I) AND (%1$I <= %2$I)))', w.counter, w.total)`,
      [model.balances.table.toString(), model.pools.map(({ limit, counter, total }) => ({ limit, counter, total }))],
    ),
};
