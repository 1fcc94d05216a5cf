import { isApplied, type State } from '../../database/state.ts';
import { migrateUp } from '../../migrator.ts';
import type { Result } from '../../output/types.ts';
import { Problem, UNTOUCHED } from '../../problems.ts';
import { requireLegacyUnchanged } from '../../rollback/guards.ts';
import { dropRetiredShim, retiredShimInUse } from '../../steps/retired-shim.ts';
import { prepareShim, SHADOW, takeShimAway } from '../../steps/shadow.ts';
import type { Context } from '../session/context.ts';
import type { Session } from '../session/session.ts';
import { withRun } from '../session/with-run.ts';

/** Puts a shim around the legacy function, which notes its calls until it is removed, or until the cutover. */
export async function installShim(context: Context, session: Session): Promise<Result> {
  const state = requireBegun(session.state);
  if (isApplied(state, SHADOW.name)) return said(session, true, 'The shim notes calls already.');
  await requireLegacyUnchanged(session.sql, state.config, false);
  await withRun(context, session, 'shadow install', run => migrateUp(run, [SHADOW], undefined, () => prepareShim(run)));
  return said(session, true, 'The shim notes every call of the legacy function from now on.');
}

/** Puts the legacy function back behind its name. */
export async function removeShim(context: Context, session: Session): Promise<Result> {
  const state = requireBegun(session.state);
  await withRun(context, session, 'shadow remove', async run => {
    if (isApplied(state, SHADOW.name)) await takeShimAway(run);
    else if (!(await dropRetiredShim(run))) throw retiredShimInUse();
  });
  return said(session, false, 'The legacy function stands behind its name again. What was noted stays until drop.');
}

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
