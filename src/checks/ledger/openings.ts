import { openingsFactsSql, RETENTION } from '../../audit/openings.ts';
import type { Check } from '../check.ts';
import { select } from '../violations.ts';

export const openings: Check = {
  name: 'ledger.openings',
  claim: 'what stands for entries that retention removed is what the journal says: how many, and what they come to',
  why: 'they stand for entries that are gone: nothing else contradicts them',
  remedy: 'an opening was changed or made up past the functions; the archive that the journal names has the entries',
  severity: 'failure',
  states: ['cut over', 'disabled', 'contracted'],
  // Until a retention that was begun has ended, the journal cannot say what stands.
  find: ({ sql, model }) =>
    select(
      sql,
      `select format('there are %s; the journal says %s', now.facts, coalesce(told.facts::text, 'none'))
         from (${openingsFactsSql(model)}) as now left join (${RETENTION}) as told on true
        where told.event is distinct from 'retention begun'
          and exists (select from jsonb_each(now.facts) as f where f.value <> coalesce(told.facts -> f.key, '0'))`,
    ),
};
