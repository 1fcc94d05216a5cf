import type { Config } from '../config/schema.ts';
import type { Queryable } from '../database/connect.ts';
import type { Signal } from './signal.ts';

type Limits = NonNullable<Config['throttle']['replication']>;

interface Standby {
  name: string;
  /** False where the role may not see it: it needs pg_monitor. */
  readable: boolean;
  /** WAL not yet replayed; null while it connects. */
  bytes: number | null;
  /** Of the last replay that it told of; stands still with it, so the bytes count too. */
  seconds: number;
}

/** How far standbys are behind: bytes of WAL that they have not replayed, or seconds until they had. */
export const replicationSignal = (sql: Queryable, limits: Limits): Signal => ({
  name: 'replication',
  reason: async () => {
    // What archives WAL without replaying it, like pg_receivewal, is measured by what it has written.
    const standbys = await sql<Standby[]>`
      select application_name as name, state is not null as readable,
             pg_wal_lsn_diff(pg_current_wal_lsn(), coalesce(replay_lsn, flush_lsn))::bigint as bytes,
             coalesce(extract(epoch from replay_lag), 0)::double precision as seconds
        from pg_stat_replication
       where state is distinct from 'backup'
       order by application_name`;
    return reasonOf(standbys, limits);
  },
});

function reasonOf(standbys: readonly Standby[], { megabytes, seconds, standbys: wanted }: Limits): string | undefined {
  const missing = wanted.find(name => !standbys.some(standby => standby.name === name));
  if (missing !== undefined) return `standby ${missing} is not connected`;
  if (standbys.length === 0) return 'no standby is connected; without one, take throttle.replication away';
  const looked = standbys.filter(standby => wanted.length === 0 || wanted.includes(standby.name));
  for (const standby of looked) {
    if (!standby.readable) return 'replication lag cannot be read: the role needs pg_monitor';
    if (standby.bytes === null) return `standby ${standby.name} is only connecting`;
    const behind = Math.ceil(Number(standby.bytes) / 2 ** 20);
    if (behind > megabytes) return `standby ${standby.name} is ${behind} MB behind`;
    if (standby.seconds > seconds) return `standby ${standby.name} is ${Math.round(standby.seconds)} s behind`;
  }
  return undefined;
}
