import { type Criterion, judge } from '../criterion.ts';

export const lockRoom: Criterion = {
  name: 'server.lock-room',
  claim: 'the lock table has room for a transaction that locks every table, as a full dump does',
  remedy: 'raise max_locks_per_transaction, or creditshift backup --without-dump',
  find: async ({ sql }) => {
    const [row] = await sql<{ room: number; tables: number }[]>`
      select current_setting('max_locks_per_transaction')::integer
             * (current_setting('max_connections')::integer + current_setting('max_prepared_transactions')::integer) as room,
             (select count(*) from pg_tables where schemaname not in ('pg_catalog', 'information_schema'))::integer as tables`;
    if (!row) throw new Error('the server did not tell its settings');
    const found = `room for ${row.room} locks; there are ${row.tables} tables`;
    return judge([], row.tables > row.room / 2 ? [found] : [], found);
  },
};
