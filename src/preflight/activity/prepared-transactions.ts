import { creditTables } from '../../database/standing.ts';
import { type Criterion, judge } from '../criterion.ts';

export const preparedTransactions: Criterion = {
  name: 'activity.prepared-transactions',
  claim: 'no prepared transaction is left: one with a lock on a credit table blocks, any other keeps the horizon back',
  remedy: 'COMMIT PREPARED or ROLLBACK PREPARED, as whoever prepared it decides',
  find: async ({ sql, model }) => {
    const rows = await sql<{ locks: boolean; transaction: string }[]>`
      select exists (select from pg_locks as l
                       join pg_locks as own using (virtualtransaction)
                      where l.pid is null and own.pid is null and own.transactionid = p.transaction
                        and l.database = (select oid from pg_database where datname = current_database())
                        and l.relation = any (${await creditTables(sql, model)}::text[]::regclass[])) as locks,
             format('%L of %s, since %s', p.gid, p.owner, date_trunc('second', p.prepared)) as transaction
        from pg_prepared_xacts as p where p.database = current_database() order by p.prepared`;
    const of = (locks: boolean) => rows.filter(row => row.locks === locks).map(row => row.transaction);
    return judge(
      of(true).map(transaction => `${transaction}, with a lock on a credit table`),
      of(false),
    );
  },
};
