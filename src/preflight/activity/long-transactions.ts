import { creditTables } from '../../database/standing.ts';
import { type Criterion, judge } from '../criterion.ts';

/** @param seconds that a transaction may last before it is named */
export const olderThan = (seconds: number): Criterion => ({
  name: 'activity.long-transactions',
  claim:
    'no transaction is older than a minute: one with a lock on a credit table blocks, any other delays index builds',
  remedy: 'end them, or wait; where sessions cannot be seen: GRANT pg_read_all_stats to this login',
  find: async ({ sql, model }) => {
    const rows = await sql<{ hidden: boolean; locks: boolean; session: string }[]>`
      select a.query = '<insufficient privilege>' as hidden,
             exists (select from pg_locks as l where l.pid = a.pid and l.granted
                      and l.database = (select oid from pg_database where datname = current_database())
                      and l.relation = any (${await creditTables(sql, model)}::text[]::regclass[])) as locks,
             format('pid %s, %s, %s, for %s', a.pid, coalesce(nullif(a.application_name, ''), a.backend_type, 'unnamed'),
                    coalesce(a.state, 'at work'), date_trunc('second', clock_timestamp() - a.xact_start)) as session
        from pg_stat_activity as a
       where a.datname = current_database() and a.pid <> pg_backend_pid()
         and (a.xact_start < clock_timestamp() - make_interval(secs => ${seconds}) or a.query = '<insufficient privilege>')
       order by a.xact_start`;
    const hidden = rows.filter(row => row.hidden);
    if (hidden.length > 0) throw new Error(`this login may not see what ${hidden.length} sessions do`);
    const of = (locks: boolean) => rows.filter(row => row.locks === locks).map(row => row.session);
    return judge(
      of(true).map(session => `${session}, with a lock on a credit table`),
      of(false),
    );
  },
});
