import { Problem } from '../problems.ts';
import type { Sql, Transaction } from './connect.ts';
import { sqlstate } from './errors.ts';

/** Seconds a lease lives without a heartbeat, by the database's clock. */
export const LEASE_SECONDS = 30;

/**
 * Seconds after which the server ends a fenced transaction whose client is silent. Before the lease does, whose last
 * heartbeat was at most a third of its life earlier: who takes over finds no such transaction.
 */
const SILENCE_SECONDS = LEASE_SECONDS / 2;

/** Seconds a new run waits for what the one before it is still executing. */
const PATIENCE_SECONDS = 5;

/** One run at a time: a row with an epoch that every batch locks FOR KEY SHARE, so a late run writes nothing. */
export interface Lease {
  readonly epoch: number;
  readonly holder: string;
  /** Fences a transaction: throws LEASE_LOST when another run took over. */
  fence(tx: Transaction): Promise<void>;
  release(): Promise<void>;
}

/**
 * Takes the lease, or the next epoch of an expired one, and keeps it alive on another connection of the pool.
 * @throws Problem LEASE_HELD naming the holder
 */
export async function takeLease(sql: Sql, holder: string): Promise<Lease> {
  const [taken] = await sql<{ epoch: number }[]>`
    with current as (
      select epoch, expires_at from creditshift.lease order by epoch desc limit 1
    )
    insert into creditshift.lease (epoch, holder, expires_at)
    select coalesce((select epoch from current), 0) + 1, ${holder}, clock_timestamp() + make_interval(secs => ${LEASE_SECONDS})
     where not exists (select from current where expires_at > clock_timestamp())
        on conflict (epoch) do nothing
    returning epoch`;
  if (!taken) throw await heldBy(sql);
  const epoch = Number(taken.epoch);
  await awaitEarlier(sql, epoch);
  const heartbeat = setInterval(
    () => {
      sql`update creditshift.lease set expires_at = clock_timestamp() + make_interval(secs => ${LEASE_SECONDS})
           where epoch = ${epoch} and expires_at > clock_timestamp()`.catch(() => {});
    },
    (LEASE_SECONDS * 1000) / 3,
  );
  heartbeat.unref();
  return {
    epoch,
    holder,
    fence: tx => fence(tx, epoch),
    release: () => {
      clearInterval(heartbeat);
      return release(sql, epoch);
    },
  };
}

/** Earlier epochs go only when their open transactions have ended: the delete waits for their KEY SHARE. */
async function awaitEarlier(sql: Sql, epoch: number): Promise<void> {
  try {
    await sql.begin(async tx => {
      await tx`select set_config('lock_timeout', ${`${PATIENCE_SECONDS}s`}, true)`;
      await tx`delete from creditshift.lease where epoch < ${epoch}`;
    });
  } catch (error) {
    await release(sql, epoch);
    if (sqlstate(error) !== '55P03') throw error;
    const [row] = await sql<{ holder: string }[]>`
      select holder from creditshift.lease where epoch < ${epoch} order by epoch desc limit 1`;
    throw new Problem('LEASE_HELD', `A run that lost its lease is still executing: ${row?.holder ?? 'unknown'}.`, {
      state: 'This run changed nothing.',
      next: 'wait until its transaction has ended, or end it; then the same command again',
      cause: error,
    });
  }
}

async function release(sql: Sql, epoch: number): Promise<void> {
  await sql`update creditshift.lease set expires_at = clock_timestamp()
             where epoch = ${epoch} and to_regclass('creditshift.lease') is not null`.catch(() => {});
}

async function fence(tx: Transaction, epoch: number): Promise<void> {
  const rows = await tx`
    select set_config('idle_in_transaction_session_timeout', ${`${SILENCE_SECONDS}s`}, true)
      from creditshift.lease where epoch = ${epoch} and expires_at > clock_timestamp() for key share`.catch(error => {
    // The run that took over dropped the whole schema.
    if (sqlstate(error) === '42P01') return [];
    throw error;
  });
  if (rows.length === 0) throw leaseLost();
}

export function leaseLost(): Problem {
  return new Problem(
    'LEASE_LOST',
    'This run lost its lease: it was out of touch for too long and another run took over.',
    {
      state: 'Nothing of this run was written since.',
      next: 'creditshift status',
    },
  );
}

async function heldBy(sql: Sql): Promise<Problem> {
  const [row] = await sql<{ holder: string; seconds: number }[]>`
    select holder, ceil(extract(epoch from expires_at - clock_timestamp()))::integer as seconds
      from creditshift.lease order by epoch desc limit 1`;
  return new Problem('LEASE_HELD', `Another run holds the lease: ${row?.holder ?? 'unknown'}.`, {
    state: 'This run changed nothing.',
    next: `wait for it (creditshift status shows it); an abandoned lease frees itself in ${Math.max(row?.seconds ?? 0, 0)} s`,
  });
}
