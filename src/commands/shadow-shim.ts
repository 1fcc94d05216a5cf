import { isApplied, type State } from '../database/state.ts';
import { migrateUp } from '../migrator.ts';
import type { Result } from '../output/types.ts';
import { Problem, RESUMABLE, UNTOUCHED } from '../problems.ts';
import { requireLegacyUnchanged } from '../rollback/guards.ts';
import { dropRetiredShim } from '../steps/retired-shim.ts';
import { SHADOW, shimObstacles, takeShimAway } from '../steps/shadow.ts';
import type { Context } from './context.ts';
import { newRun } from './run.ts';
import type { Session } from './session.ts';
import { withRun } from './with-run.ts';

/** Puts a shim around the legacy function, which notes its calls until it is removed, or until the cutover. */
export async function installShim(context: Context, session: Session): Promise<Result> {
  const state = requireBegun(session.state);
  if (isApplied(state, SHADOW.name)) return said(session, true, 'The shim notes calls already.');
  if (isApplied(state, '090_cutover')) {
    throw new Problem('STATE_CONFLICT', 'The new function charges already: there is nothing to compare it with.', {
      state: UNTOUCHED,
      next: 'creditshift verify',
    });
  }
  await requireLegacyUnchanged(session.sql, state.config, false);
  const obstacles = await shimObstacles(session.sql, newRun(context, session));
  if (obstacles.length > 0) {
    throw new Problem('CONFIG_INVALID', 'No shim can stand in for the legacy function.', {
      state: `${RESUMABLE} This run changed nothing.`,
      next: 'creditshift shadow --from-log   compares by the log instead',
      details: obstacles,
    });
  }
  await withRun(context, session, 'shadow install', async run => {
    if (!(await dropRetiredShim(run))) throw underWay();
    await migrateUp(run, [SHADOW]);
  });
  return said(session, true, 'The shim notes every call of the legacy function from now on.');
}

/** Puts the legacy function back behind its name. */
export async function removeShim(context: Context, session: Session): Promise<Result> {
  const state = requireBegun(session.state);
  await withRun(context, session, 'shadow remove', async run => {
    if (isApplied(state, SHADOW.name)) await takeShimAway(run);
    else if (!(await dropRetiredShim(run))) throw underWay();
  });
  return said(session, false, 'The legacy function stands behind its name again. What was noted stays until drop.');
}

const underWay = () =>
  new Problem('LOCK_TIMEOUT', 'A transaction may still call the shim that was taken away.', {
    state: `${RESUMABLE} The legacy function stands behind its name.`,
    next: 'wait for the oldest transaction in pg_stat_activity, or end it; then the same command again',
  });

function requireBegun(state: State | undefined): State {
  if (state) return state;
  throw new Problem('STATE_CONFLICT', 'There is no schema creditshift in this database for a shim to note calls in.', {
    state: UNTOUCHED,
    next: 'creditshift migrate --to control   makes it, and changes nothing of yours; creditshift shadow --from-log needs none',
  });
}

const said = ({ server }: Session, installed: boolean, text: string): Result => ({
  document: { database: server.database, shim: installed },
  blocks: [
    { kind: 'mark', tone: 'good', text: `${server.database}: ${text}` },
    { kind: 'text', text: 'Next: creditshift shadow' },
  ],
});
