import { type Criterion, judge } from '../criterion.ts';

/** Bytes of WAL that a slot in use may hold. */
const MUCH = 1_073_741_824;

export const replicationSlots: Criterion = {
  name: 'activity.replication-slots',
  claim: 'no replication slot is inactive, and none holds more than 1 GB of WAL',
  remedy: 'bring its consumer back, or drop the slot: what the migration writes stays on the disk for it',
  find: async ({ sql }) => {
    const rows = await sql<{ slot: string }[]>`
      select format('%s (%s): %s, holds %s%s', slot_name, slot_type, case when active then 'active' else 'inactive' end,
                    coalesce(pg_size_pretty(held), 'no WAL'), ', ' || nullif(wal_status, 'reserved')) as slot
        from pg_replication_slots,
             pg_wal_lsn_diff(case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end,
                             restart_lsn) as held
       where not active or held > ${MUCH} order by held desc nulls last`;
    return judge(
      [],
      rows.map(row => row.slot),
    );
  },
};
