import { type Criterion, judge } from '../criterion.ts';

export const connections: Criterion = {
  name: 'server.connections',
  claim: 'server, database and login have room for the connections of a run',
  remedy: 'close idle sessions, raise max_connections or CONNECTION LIMIT, or lower batch.workers',
  find: async ({ sql, config }) => {
    // pg_stat_database counts the sessions that this role may not see, and our own.
    const limits = await sql<{ limit: string; most: number; free: number }[]>`
      with settings as (
        select current_setting('max_connections')::integer as most, current_setting('is_superuser')::boolean as superuser,
               current_setting('superuser_reserved_connections')::integer
               + coalesce(current_setting('reserved_connections', true), '0')::integer as reserved
      )
      select 'the server' as limit, most,
             (most + 1 - (select sum(numbackends) from pg_stat_database) - case when superuser then 0 else reserved end)::integer as free
        from settings
      union all
      select 'the database', d.datconnlimit, (d.datconnlimit + 1 - s.numbackends)::integer
        from settings, pg_database as d join pg_stat_database as s on s.datid = d.oid
       where d.datname = current_database() and d.datconnlimit >= 0 and not superuser
      union all
      select 'this login', r.rolconnlimit,
             (r.rolconnlimit + 1 - (select count(*) from pg_stat_activity as a where a.usesysid = r.oid))::integer
        from settings, pg_roles as r
       where r.rolname = session_user and r.rolconnlimit >= 0 and not superuser`;
    if (limits.length === 0) throw new Error('the server did not tell its connections');
    const needed = config.batch.workers + 3;
    const told = (of: (typeof limits)[number]) =>
      `of ${of.limit} ${of.free} of ${of.most} are free, a run takes ${needed}`;
    return judge(limits.filter(({ free }) => free < needed).map(told), [], limits.map(told).join('; '));
  },
};
