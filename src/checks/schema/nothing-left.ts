import type { Check } from '../check.ts';
import { select } from '../violations.ts';

export const nothingLeft: Check = {
  name: 'schema.nothing-left',
  claim: 'nothing of creditshift is in the database',
  why: 'a migration that starts over remains would take them for its own',
  remedy: 'look at who made it; creditshift migrate refuses to start over remains',
  severity: 'failure',
  states: ['unmigrated', 'dropped'],
  find: ({ sql, model }) =>
    select(
      sql,
      `select format('schema %s', n.nspname) from pg_namespace as n where n.nspname in ('creditshift', 'creditshift_aside', 'creditshift_shadow')
       union all
       select format('trigger %s on %s', t.tgname, t.tgrelid::regclass) from pg_trigger as t where t.tgname like 'creditshift\\_%'
       union all
       select format('column %s.%I', a.attrelid::regclass, a.attname)
         from pg_attribute as a
        where a.attrelid in (select to_regclass(t) from jsonb_array_elements_text($1::text::jsonb) as t)
          and a.attname in (select jsonb_array_elements_text($2::text::jsonb)) and not a.attisdropped`,
      [
        [model.balances.table, model.actions.table, model.log.table].map(String),
        model.pools.flatMap(pool => [pool.counter, pool.total, pool.required, pool.consumed, pool.after]),
      ],
    ),
};
