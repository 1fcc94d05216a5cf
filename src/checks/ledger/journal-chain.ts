import type { Check } from '../check.ts';
import { MIGRATED } from '../state.ts';
import { select } from '../violations.ts';

export const journalChain: Check = {
  name: 'ledger.journal-chain',
  claim: 'the journal is whole: each row’s hash covers the one before it, and every step applied is in it',
  why: 'it is the record of who did what: changed rows make it worthless',
  remedy: 'a row was changed or removed; reports printed earlier name the head and the count they saw',
  severity: 'failure',
  states: MIGRATED,
  establishedBy: '010_control',
  find: ({ sql }) =>
    select(
      sql,
      `select format('row %s (%s): %s', position, event,
                case when position <> place then 'a row before it is gone'
                     when previous <> expected then 'does not follow the row before it'
                     else 'was changed' end)
         from (select j.*, row_number() over rows as place, lag(hash, 1, previous) over rows as expected
                 from creditshift.journal as j window rows as (order by position)) as chain
        where position <> place or previous <> expected
           or hash <> encode(sha256(convert_to(concat_ws('|', previous, position,
                to_char(at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), run, event, data::text), 'utf8')), 'hex')
       union all
       select format('step %s is not in the journal', h.step)
         from creditshift.history as h
        where not exists (select from creditshift.journal as j where j.event = 'step' and j.data ->> 'step' = h.step)`,
    ),
};
