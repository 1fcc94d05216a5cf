import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseQualified } from '../../config/names.ts';
import { isApplied, type State } from '../../database/state.ts';
import type { Result } from '../../output/types.ts';
import { Problem, RESUMABLE, UNTOUCHED } from '../../problems.ts';
import { uncontract } from '../../rollback/disable.ts';
import { requireExpected } from '../../rollback/guards.ts';
import { markFinished } from '../../rollback/into/database.ts';
import { sinceFromDatabase } from '../../rollback/into/since.ts';
import { differingNow } from '../../rollback/restore.ts';
import { changeMode } from '../../steps/mode.ts';
import { enter, journal } from '../../steps/run.ts';
import { requireApprovals } from '../session/approvals.ts';
import type { Context } from '../session/context.ts';
import type { Run } from '../session/run.ts';
import { type Session, withSession } from '../session/session.ts';
import { withRun } from '../session/with-run.ts';
import { onTheServerAlone, withoutOld } from './restore-into-alone.ts';
import { confirmed, type IntoOptions, ready, restoreFrom } from './restore-into-parts.ts';
import { reportInto } from './restore-into-report.ts';

/**
 * Restores the whole database from the dump of a backup into a new one on the same server, and replays what was charged
 * since. The old database is paused first, and stays so, and readable.
 * @throws Problem DATABASE_NOT_EMPTY, BACKUP_MISSING, PG_DUMP_NEEDED, PRIVILEGE_MISSING, UNKNOWN_WINDOW, BALANCES_DIFFER
 */
export async function restoreInto(context: Context, options: IntoOptions): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'creditshift-into-'));
  let opened = false;
  try {
    return await withSession(context, session => {
      opened = true;
      const { state } = session;
      return state
        ? besideOld(context, { ...session, state }, options, folder)
        : withoutOld(context, session.sql, session.server, session.config, options);
    });
  } catch (error) {
    if (opened || !(error instanceof Problem)) throw error;
    if (error.code !== 'DATABASE_MISSING' && error.code !== 'CANNOT_CONNECT') throw error;
    return await onTheServerAlone(context, options, error);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

type Migrated = Session & { state: State };

/** The old database can be read: nothing is lost. */
async function besideOld(context: Context, session: Migrated, options: IntoOptions, folder: string): Promise<Result> {
  const { sql, server, state, config } = session;
  refuseUnneeded(options);
  requireExpected(config, server, context.unattended);
  requirePausable(state);
  const backup = await ready(context, sql, server, options);
  const approval = await requireApprovals(context, session, 'rollback', options.approvedBy);
  const { into } = options;
  await confirmed(
    context,
    `Restore all of ${server.database} as it was at ${backup.manifest.createdAt} into ${into}? ` +
      `Charging in ${server.database} stops, and stays stopped. Of what was written since, ${into} gets what was charged, ` +
      'and organizations that came later; nothing else.',
  );
  const started = performance.now();
  const whole = await withRun(
    context,
    session,
    `rollback restore --into ${into}`,
    async (run, hooks) => {
      if (!isApplied(state, '110_drop_legacy')) {
        await uncontract(run, state);
        await differingNow(run, state, backup.folder, backup.manifest, options.balances);
      }
      await pauseFor(run, state, options);
      const since = await sinceFromDatabase(run, state, folder);
      const whole = await restoreFrom(context, sql, options, backup, since, sql);
      const { before, after, organizations, later } = whole.replayed;
      const { createdAt } = backup.manifest;
      const outcome = { before, after, organizations, later: later.length };
      const entry = { method: 'restore', into, backup: createdAt, reason: options.reason ?? null, ...outcome };
      await run.sql.begin(async tx => {
        await enter(tx, run, 'restore');
        await journal(tx, run, 'rollback', entry);
      });
      await markFinished(sql, into);
      await hooks.fire('after-rollback', { method: 'restore', into });
      return whole;
    },
    { reason: options.reason, approval },
  );
  const seconds = (performance.now() - started) / 1000;
  return reportInto(context, { database: server.database, options, backup, whole, seconds, config });
}

function refuseUnneeded({ replay, acceptUnknownWindow }: IntoOptions): void {
  if (replay === undefined && !acceptUnknownWindow) return;
  const option = replay === undefined ? '--accept-unknown-window' : '--replay';
  throw new Problem('USAGE', `${option} is for an old database that cannot be read, and this one can.`, {
    state: UNTOUCHED,
    next: `the same command without ${option}: all charges are known`,
  });
}

function requirePausable(state: State): void {
  if (state.mode === 'maintenance' || isApplied(state, '055_triggers')) return;
  throw new Problem('STATE_CONFLICT', 'Charging cannot be paused yet: the migration has not come to its triggers.', {
    state: `${RESUMABLE} This run changed nothing.`,
    next: 'creditshift rollback --method drop   the pools were never in use',
  });
}

async function pauseFor(run: Run, { mode: from, config }: State, { into, reason }: IntoOptions): Promise<void> {
  if (from === 'maintenance') return;
  const change = { event: 'pause', from, to: 'maintenance', reason: reason ?? `restore into ${into}` } as const;
  await changeMode(run.sql, parseQualified(config.balances.table), change, (by, attempt) =>
    run.progress({ event: 'blocked', step: 'pause', try: attempt, by }),
  );
}
