import { quoteIdentifier as q } from '../../config/names.ts';
import { logColumns, personalParts } from '../../privacy/replacement.ts';
import type { Check, Subject } from '../check.ts';
import { MIGRATED } from '../state.ts';
import { select } from '../violations.ts';

export const anonymized: Check = {
  name: 'privacy.anonymized',
  claim: 'of an organization that was anonymized, no row of before holds again what was replaced',
  why: 'what was promised to be gone has to stay gone',
  remedy: 'a restore or the application brought it back: creditshift audit anonymize --organization KEY again',
  severity: 'warning',
  states: MIGRATED,
  establishedBy: '040_expand_log',
  async find(subject) {
    const { sql, model } = subject;
    const { log } = model;
    const acts = await actsOf(subject);
    if (acts.length === 0) return { count: 0, rows: [] };
    const returned = acts.map(
      (act, n) => `
        select format('organization %s: %s of before %s', l.${q(log.owner)}, count(*), a.at)
          from jsonb_to_recordset($${n + 1}::text::jsonb) as a (organization ${model.key}, at timestamptz)
          join ${log.table} as l on l.${q(log.owner)} = a.organization and l.${q(log.at)} < a.at
         where ${act.found} group by l.${q(log.owner)}, a.at`,
    );
    return select(
      sql,
      returned.join(' union all '),
      acts.map(act => act.subjects),
    );
  },
};

interface Act {
  subjects: { organization: string; at: string }[];
  columns: string[];
}

/** Organizations by what was replaced then, which today's configuration need not name. The journal knows no users. */
async function actsOf({ sql, config }: Subject): Promise<(Act & { found: string })[]> {
  const acts = await sql<Act[]>`
    select json_agg(json_build_object('organization', organization, 'at', at)) as subjects, columns
      from (select j.data ->> 'organization' as organization, j.data -> 'columns' as columns, max(j.at) as at
              from creditshift.journal as j
             where j.event = 'anonymize' and j.data ? 'organization'
             group by 1, 2) as acts
     group by columns`;
  const log = await logColumns(sql, config);
  return acts.flatMap(act => {
    const paths = act.columns.flatMap(text => text.split(': ')[1] ?? []);
    const replaced = log
      .filter(column => act.columns.some(text => text.split(': ')[0] === column.name))
      .map(column => ({ ...column, personal: 'named' as const }));
    const privacy = { personal: [], harmless: [], metadata: paths };
    const found = personalParts(replaced, { log: config.log, privacy }).map(part => part.found);
    return found.length > 0 ? [{ ...act, found: `(${found.join(' or ')})` }] : [];
  });
}
