import type { Config } from '../config/schema.ts';
import type { Queryable } from '../database/connect.ts';
import type { Signal } from './signal.ts';

type Limits = NonNullable<Config['throttle']['archiving']>;

/** What the server says of its WAL archiver. */
export interface Archiver {
  mode: string;
  /** The last try failed, and none succeeded since. */
  failing: boolean;
  failed: string | null;
  /** Files that wait; null where the role may not list them. */
  ready: number | null;
}

/** Whether WAL archiving keeps up: it fails, or too many files wait. */
export const archivingSignal = (sql: Queryable, limits: Limits): Signal => ({
  name: 'archiving',
  reason: async () => archivingReason(await readArchiver(sql), limits),
});

/** What pg_stat_archiver says. */
export async function readArchiver(sql: Queryable): Promise<Archiver> {
  const [row] = await sql<(Archiver & { lists: boolean })[]>`
    select current_setting('archive_mode') as mode, last_failed_wal as failed,
           coalesce(last_failed_time > coalesce(last_archived_time, '-infinity'), false) as failing,
           has_function_privilege('pg_ls_archive_statusdir()', 'execute') as lists, null::integer as ready
      from pg_stat_archiver`;
  if (!row) throw new Error('pg_stat_archiver is empty');
  if (!row.lists) return row;
  const [waiting] = await sql<{ ready: number }[]>`
    select count(*)::integer as ready from pg_ls_archive_statusdir() where name like '%.ready'`;
  return { ...row, ready: waiting?.ready ?? null };
}

/** The decision; an archiver that is off cannot tell anything, so it holds. */
export function archivingReason({ mode, failing, failed, ready }: Archiver, { segments }: Limits): string | undefined {
  if (mode === 'off') return 'WAL archiving is off; then take throttle.archiving away';
  if (failing) return `WAL archiving fails at ${failed}`;
  if (ready !== null && ready > segments) return `${ready} WAL files wait to be archived`;
  return undefined;
}
