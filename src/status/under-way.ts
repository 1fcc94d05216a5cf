import type { Queryable } from '../database/connect.ts';
import { waitsFor } from '../database/locks.ts';
import type { InTheWay, ProgressEvent } from '../progress.ts';

/** The run that holds the lease, and what it says of itself. */
export interface UnderWay {
  run: string;
  command: string;
  startedAt: Date;
  /** The last event of its progress; null before the first. */
  progress: Exclude<ProgressEvent, { event: 'show' }> | null;
  /** Whose transactions its sessions wait for at this moment. */
  waitsFor: InTheWay[];
}

/** Undefined where no run is at work. */
export async function readUnderWay(sql: Queryable): Promise<UnderWay | undefined> {
  const [run] = await sql<(Omit<UnderWay, 'waitsFor'> & { pids: string[] })[]>`
    select r.run, r.command, r.started_at as "startedAt", r.progress,
           array(select a.pid::text from pg_stat_activity as a
                  where a.datname = current_database()
                    and a.application_name like 'creditshift ' || left(r.run::text, 8) || ' %') as pids
      from creditshift.runs as r
     where r.finished_at is null and exists (select from creditshift.lease where expires_at > clock_timestamp())
     order by r.started_at desc limit 1`;
  if (!run) return undefined;
  const { pids, ...underWay } = run;
  return { ...underWay, waitsFor: await waitsFor(sql, pids.map(Number)) };
}
