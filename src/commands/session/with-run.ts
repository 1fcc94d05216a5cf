import { changesOf } from '../../config/changes.ts';
import { describeTarget } from '../../database/connect.ts';
import { asProblem, sqlstate } from '../../database/errors.ts';
import { takeLease } from '../../database/lease.ts';
import { readState, type State } from '../../database/state.ts';
import { migrateUp } from '../../migrator.ts';
import { Problem } from '../../problems.ts';
import { STEPS } from '../../steps/all.ts';
import { publish } from '../../steps/publish.ts';
import { journal } from '../../steps/run.ts';
import { watchRun } from '../../watch/events.ts';
import { type Hooks, openHooks } from '../../watch/hooks.ts';
import type { Approval } from './approvals.ts';
import type { Context } from './context.ts';
import { finishRun, newRun, type Run, startRun } from './run.ts';
import type { Session } from './session.ts';

/** Why a run is made, and who agreed: recorded before it does anything. */
export interface Warrant {
  reason?: string | undefined;
  approval?: Approval | undefined;
}

/**
 * Takes the lease (making schema creditshift first, where there is none), runs `body`, and closes the run either way.
 * Meanwhile its progress is published, and its hooks are run.
 */
export async function withRun<T>(
  context: Context,
  session: Session,
  command: string,
  body: (run: Run, hooks: Hooks) => Promise<T>,
  { reason, approval }: Warrant = {},
): Promise<T> {
  const run = newRun(context, session);
  if (!session.state) {
    await migrateUp(run, STEPS.slice(0, 1)).catch(error => {
      // Another first run was quicker: who of the two takes the lease goes on.
      if (sqlstate(error) !== '42P06') throw error;
    });
  }
  const lease = await takeLease(run.sql, `creditshift ${command} by ${session.server.user}, run ${run.id.slice(0, 8)}`);
  run.lease = lease;
  const published = publish(run, run.progress);
  const { target, folder } = context;
  const setting = { command, database: session.server.database, target, folder };
  const hooks = openHooks(run, setting, context.rehearsal ? {} : run.config.hooks);
  const watched = watchRun(hooks, command === 'migrate' ? run.config.expected : {}, published.show);
  let begun = false;
  let outcome = 'failed';
  try {
    await refuseMoved(run, session);
    await startRun(run.sql, run, command, reason);
    if (approval) await journal(run.sql, run, 'approval', approval);
    run.progress = watched.show;
    begun = true;
    await hooks.fire('start');
    const result = await body(run, hooks);
    outcome = 'done';
    return result;
  } catch (error) {
    const problem = asProblem(error, describeTarget(target));
    if (problem instanceof Problem) outcome = problem.code;
    if (begun && outcome !== 'INTERRUPTED') await hooks.fire('failed', failureOf(problem));
    throw error;
  } finally {
    watched.close();
    await hooks.settled();
    await published.close();
    await finishRun(run.sql, run, outcome).catch(() => {});
    await lease.release();
  }
}

/** What the failed hook is told. */
function failureOf(problem: unknown): object {
  if (!(problem instanceof Problem)) return { code: 'BUG', message: String(problem) };
  const { code, message, state, next } = problem;
  return { code, message, state, next };
}

/** What was decided before the lease was taken holds only if no other run moved the database in between. */
async function refuseMoved(run: Run, session: Session): Promise<void> {
  const before = session.state;
  const now = await readState(run.sql);
  const same = (before?.applied.length ?? 1) === now?.applied.length && (before?.revision ?? 1) === now.revision;
  if (same && (before?.mode ?? 'legacy') === now.mode && (before || isAsConfigured(now, session))) return;
  throw new Problem('STATE_CONFLICT', 'Another run changed the migration while this one was starting.', {
    state: 'This run changed nothing.',
    next: 'creditshift status; then the same command again',
  });
}

/** Two first runs at once may have come with two configurations. */
function isAsConfigured(recorded: State, { config }: Session): boolean {
  const { lines, forbidden } = changesOf(recorded.config, config);
  return lines.length + forbidden.length === 0;
}
