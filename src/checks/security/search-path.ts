import type { Check } from '../check.ts';
import { MIGRATED } from '../state.ts';
import { DEFINERS, namesOf } from './definers.ts';
import { selectInherited } from './inherited.ts';

export const searchPath: Check = {
  name: 'security.search-path',
  claim: 'every security definer function that names a credit table has a search_path of its own',
  why: 'a caller could put a table of his own in front of yours',
  remedy: 'ALTER FUNCTION … SET search_path = pg_catalog, pg_temp, and name the tables in its body with their schemas',
  severity: 'failure unless inherited',
  states: MIGRATED,
  find: ({ sql, model }) =>
    selectInherited(
      sql,
      `with ${DEFINERS}
       select format('%s finds tables and functions where its caller says', identity),
              header ~ 'SECURITY DEFINER' and header !~ '\\n SET search_path TO '
         from definers
        where not exists (select from unnest(proconfig) as setting where setting like 'search\\_path=%')`,
      [namesOf(model)],
    ),
};
