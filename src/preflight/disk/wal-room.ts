import { type Criterion, judge } from '../criterion.ts';
import { estimate } from './estimate.ts';

export const walRoom: Criterion = {
  name: 'disk.wal-room',
  claim: 'the WAL of the migration fits into max_wal_size, and into what replication slots may keep',
  remedy:
    'raise max_wal_size, or max_slot_wal_keep_size, so that no checkpoint is forced and no standby loses its slot',
  find: async subject => {
    const { wal } = await estimate(subject);
    const [row] = await subject.sql<{ found: string; forced: boolean; slots: string | null }[]>`
      select format('about %s of WAL, max_wal_size is %s', pg_size_pretty(${wal}::bigint), current_setting('max_wal_size')) as found,
             ${wal}::bigint > pg_size_bytes(current_setting('max_wal_size')) as forced,
             (select format('max_slot_wal_keep_size is %s, and there are %s slots', current_setting('max_slot_wal_keep_size'), count(*))
                from pg_replication_slots
               where current_setting('max_slot_wal_keep_size') <> '-1'
                 and ${wal}::bigint > pg_size_bytes(current_setting('max_slot_wal_keep_size'))
              having count(*) > 0) as slots`;
    if (!row) throw new Error('the server did not tell its settings');
    return judge([], [...(row.forced || row.slots ? [row.found] : []), ...(row.slots ? [row.slots] : [])], row.found);
  },
};
