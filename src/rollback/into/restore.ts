import { compare, controlsOf } from '../../backup/compare.ts';
import { restoreDump } from '../../backup/dump/restore.ts';
import type { Manifest } from '../../backup/manifest.ts';
import type { Model } from '../../config/model.ts';
import { connect, type Sql, type Target, targetOf } from '../../database/connect.ts';
import { Problem } from '../../problems.ts';
import type { Progress } from '../../progress.ts';
import { carryOver } from './carry.ts';
import { alterDatabase, makeDatabase } from './database.ts';
import { type Replayed, replay } from './replay.ts';
import type { Since } from './since.ts';

/** A whole database, made again beside the old one. */
export interface Whole {
  replayed: Replayed;
  /** What could not be made again, a line each; none is the rule. */
  left: string[];
}

interface Order {
  /** Any database of the server. */
  sql: Sql;
  target: Target;
  into: string;
  folder: string;
  manifest: Manifest;
  /** As the database was before the migration. */
  model: Model;
  since: Since | undefined;
  /** The old database, where it can be read: organizations that came later are carried over from there. */
  old?: Sql;
  believe: 'current' | 'backup' | undefined;
  progress: Progress;
  stopping: () => boolean;
}

const UNFINISHED = 'The old database is as it was, and charging in it stays paused; the new one is not finished.';

/**
 * Restores the dump of a backup into a new database, counts there what the backup counted, replays what happened since,
 * and gives it the settings of the old one. It stays marked as unfinished: until that is taken off, the same again
 * begins from nothing, and ends the same.
 * @throws Problem STEP_FAILED where what was restored is not what was backed up; INTERRUPTED; BALANCES_DIFFER
 */
export async function restoreWhole(order: Order): Promise<Whole> {
  const { sql, into, folder, manifest, progress, stopping } = order;
  const { dump } = manifest;
  if (!dump) throw new Error('the backup has no dump');
  const target = targetOf(order.target, into);
  const timed = async <T>(step: string, claim: string, body: () => Promise<T>): Promise<T> => {
    progress({ event: 'step', step, claim });
    const started = performance.now();
    const result = await body();
    progress({ event: 'done', step, milliseconds: performance.now() - started });
    return result;
  };
  const left = await timed('pg_restore', `the whole database into ${into}`, async () => {
    await makeDatabase(sql, into, dump.database);
    return restoreDump(folder, target, stopping);
  });
  if (stopping()) {
    throw new Problem('INTERRUPTED', 'Stopped, as asked.', { state: UNFINISHED, next: 'the same command again' });
  }
  const { sql: whole } = await connect(target, 'creditshift', 1);
  try {
    const faults = await timed('compare', 'with the control totals of the backup', () =>
      compare(whole, manifest, controlsOf(folder, manifest)),
    );
    if (faults.length > 0) throw notRestored(into, [...faults, ...left]);
    const replayed = await timed('replay', 'what was charged since the backup', () =>
      replay(whole, order.model, order.since, order.believe),
    );
    if (order.old) replayed.later = await carryOver(order.old, whole, order.model, replayed.later);
    left.push(...(await alterDatabase(sql, into, dump.database)));
    return { replayed, left };
  } finally {
    await whole.end({ timeout: 2 });
  }
}

const notRestored = (into: string, details: string[]) =>
  new Problem('STEP_FAILED', `What was restored into ${into} is not what was backed up.`, {
    state: UNFINISHED,
    next: 'correct the cause, or name another backup with --from; then the same command again',
    details: details.slice(0, 20),
  });
