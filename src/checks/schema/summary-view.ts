import type { Check } from '../check.ts';
import { MIGRATED } from '../state.ts';
import { select } from '../violations.ts';

export const summaryView: Check = {
  name: 'schema.summary-view',
  claim: 'organization_credit_summary has its columns and reads with the rights of who asks',
  why: 'with the rights of its owner it would show every tenant’s credits',
  remedy: 'put the view back as migrations/050_functions.sql makes it (creditshift plan --sql prints it)',
  severity: 'failure',
  states: MIGRATED,
  establishedBy: '050_functions',
  find({ sql, model }) {
    const columns = [
      'organization_id',
      'name',
      'plan',
      ...model.pools.map(pool => pool.summary),
      'total_allocated',
      'total_used',
    ];
    return select(
      sql,
      `select format('%s.organization_credit_summary: %s', $1::text,
                case when c.oid is null then 'missing'
                     when c.columns <> $2::text::jsonb then 'columns ' || c.columns::text
                     when pg_get_userbyid(c.relowner) <> $3::text then 'owned by ' || pg_get_userbyid(c.relowner)
                     else 'without security_invoker' end)
         from (select) as always
         left join lateral (
           select c.oid, c.relowner, c.reloptions,
                  (select jsonb_agg(a.attname order by a.attnum) from pg_attribute as a where a.attrelid = c.oid and a.attnum > 0) as columns
             from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
            where n.nspname = $1::text and c.relname = 'organization_credit_summary' and c.relkind = 'v'
         ) as c on true
        where (c.columns = $2::text::jsonb and pg_get_userbyid(c.relowner) = $3::text
               and 'security_invoker=true' = any (c.reloptions)) is not true`,
      [model.functions.home, columns, model.balances.role],
    );
  },
};
