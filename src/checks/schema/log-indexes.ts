import type { Model } from '../../config/model.ts';
import type { Check } from '../check.ts';
import { MIGRATED } from '../state.ts';
import { select } from '../violations.ts';

export const logIndexes: Check = {
  name: 'schema.log-indexes',
  claim: 'the log’s keys, and further indexes asked for, are there, valid and ready',
  why: 'they make an idempotency key count once, and an entry’s number unique',
  remedy:
    'DROP INDEX CONCURRENTLY what is broken and build it as migrations/080_index.sql does (creditshift plan --sql prints it)',
  severity: 'failure',
  states: MIGRATED,
  establishedBy: '080_index',
  find: ({ sql, model }) =>
    select(
      sql,
      `select format('%s: %s', w.name, case when i.indexrelid is null then 'missing'
                                            when not i.indisvalid or not i.indisready then 'not valid'
                                            else pg_get_indexdef(i.indexrelid) end)
         from jsonb_to_recordset($1::text::jsonb) as w (name text, "table" text, "unique" boolean, columns jsonb, predicate text)
         left join pg_index as i
           on i.indrelid = to_regclass(w."table")
          and i.indexrelid in (select c.oid from pg_class as c where c.relname = w.name)
        where (i.indisvalid and i.indisready and i.indisunique = w."unique"
               and pg_get_expr(i.indpred, i.indrelid) is not distinct from w.predicate
               and w.columns = (select jsonb_agg(a.attname order by k.position)
                                  from unnest(i.indkey) with ordinality as k (attnum, position)
                                  join pg_attribute as a on a.attrelid = i.indrelid and a.attnum = k.attnum)) is not true`,
      [wantedIndexes(model)],
    ),
};

function wantedIndexes({ log, balances, pools, documentedIndexes }: Model) {
  const onLog = (name: string, column: string, predicate: string) => ({
    name,
    table: log.table.toString(),
    unique: true,
    columns: [log.owner, column],
    predicate,
  });
  const onBalances = (name: string, columns: string[], predicate: string | null = null) => ({
    name,
    table: balances.table.toString(),
    unique: false,
    columns,
    predicate,
  });
  const available = pools.map(pool => pool.counter);
  const documented = [
    ...pools.map(p => onBalances(p.documentedIndex, [balances.owner, p.counter, p.total], `(${p.counter} > 0)`)),
    onBalances('creditshift_balances_summary', [balances.owner, ...available]),
    ...(balances.plan ? [onBalances('creditshift_balances_plan', [balances.plan, ...available])] : []),
  ];
  return [
    onLog('creditshift_log_sequence', 'sequence', '(sequence IS NOT NULL)'),
    onLog('creditshift_log_idempotency', 'idempotency_key', '((idempotency_key IS NOT NULL) AND success)'),
    ...(documentedIndexes ? documented : []),
  ];
}
