import { type Criterion, judge } from '../criterion.ts';

export const connections: Criterion = {
  name: 'server.connections',
  claim: 'there is room for the connections of a run',
  remedy: 'close idle sessions, raise max_connections, or lower batch.workers',
  find: async ({ sql, config }) => {
    // pg_stat_database counts the sessions that this role may not see, and our own.
    const [row] = await sql<{ free: number; most: number }[]>`
      select current_setting('max_connections')::integer as most,
             current_setting('max_connections')::integer + 1
             - (select sum(numbackends) from pg_stat_database)::integer
             - case when current_setting('is_superuser')::boolean then 0
                    else current_setting('superuser_reserved_connections')::integer
                         + coalesce(current_setting('reserved_connections', true), '0')::integer end as free`;
    if (!row) throw new Error('the server did not tell its connections');
    const needed = config.batch.workers + 3;
    const found = `${row.free} of ${row.most} are free, a run takes ${needed}`;
    return judge(row.free < needed ? [found] : [], [], found);
  },
};
