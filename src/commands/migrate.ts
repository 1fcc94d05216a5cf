import { conflicts } from '../allocation/conflicts.ts';
import { type Changes, changesOf } from '../config/changes.ts';
import { paused, sqlstate } from '../database/errors.ts';
import { type Lease, takeLease } from '../database/lease.ts';
import { isApplied, readState, type State } from '../database/state.ts';
import { guardHistory, migrateUp, stepsTo } from '../migrator.ts';
import type { Block, Result } from '../output/types.ts';
import { Problem, RESUMABLE, UNTOUCHED } from '../problems.ts';
import { acceptLegacy, requireExpected, requireLegacyUnchanged } from '../rollback/guards.ts';
import { STEPS } from '../steps/all.ts';
import { obstacles } from '../steps/preconditions.ts';
import { publish } from '../steps/publish.ts';
import { finishRevision, revise } from '../steps/revise.ts';
import type { Step } from '../steps/step.ts';
import { checkStep } from './check-step.ts';
import type { Context } from './context.ts';
import { deadlineOf } from './deadline.ts';
import { finishRun, newRun, type Run, startRun } from './run.ts';
import { readOnly, type Session, withSession } from './session.ts';

export interface MigrateOptions {
  /** A step or a stage; its last step is the last that runs. */
  to?: string;
  /** With `--to contract`: drop the retired columns for good. */
  dropLegacy?: boolean;
  acceptChangedLegacy?: boolean;
  /** How long it may run, like 2h; it stops at a page boundary, resumable. */
  for?: string;
  /** When it stops: a local time of day, or a moment in ISO 8601. */
  until?: string;
}

/** Applies the pending steps; resumes where an earlier run stopped; changes nothing where nothing is pending. */
export async function migrate(context: Context, options: MigrateOptions = {}): Promise<Result> {
  const target = targetOf(options);
  const deadline = deadlineOf(options);
  const stopping = () => context.stopping() || performance.now() >= deadline;
  return withSession(context, async session => {
    const changes = session.state ? changesOf(session.state.config, session.config) : undefined;
    await refuseEarly(session, target, changes);
    const pending = target.filter(step => !isApplied(session.state, step.name));
    if (session.state && pending.length === 0 && changes?.lines.length === 0 && session.state.revision === 1)
      return nothingToDo(session);
    await confirmContract(context, session, pending);
    return withRun({ ...context, stopping }, session, 'migrate', async run => {
      run.deadline = deadline;
      const applied = session.state ? [] : ['010_control'];
      if (session.state && changes && changes.lines.length > 0) {
        await revise(run, session.state, session.config, changes);
        applied.push(`revision ${run.revision}`);
      }
      if (pending.some(step => step.name === '090_cutover') && isApplied(session.state, '055_triggers')) {
        await requireLegacyUnchanged(run.sql, run.config, options.acceptChangedLegacy ?? false);
        if (options.acceptChangedLegacy) await acceptLegacy(run.sql, run.config);
      }
      await checkLast(run, session, pending);
      applied.push(...(await migrateUp(run, target, step => checkStep(run, step))));
      const state = await readState(run.sql);
      if (state) await finishRevision(run, state);
      return applied.length > 0 ? done(applied, session, target) : nothingToDo(session);
    });
  });
}

/** An earlier run may have stopped at the checks of its last step, or was killed before them: they hold before it goes on. */
async function checkLast(run: Run, { state }: Session, pending: readonly Step[]): Promise<void> {
  const last = STEPS.findLast(step => isApplied(state, step.name));
  if (last && pending.length > 0) await checkStep(run, last);
}

function targetOf(options: MigrateOptions): readonly Step[] {
  const target = stepsTo(options.to, options.dropLegacy);
  if (options.dropLegacy && !target.some(step => step.irreversible)) {
    throw new Problem('CONTRACT_NOT_NAMED', '--drop-legacy goes only with the stage that does it.', {
      state: UNTOUCHED,
      next: 'creditshift migrate --to contract --drop-legacy   there is no way back from it',
    });
  }
  return target;
}

async function refuseEarly(session: Session, target: readonly Step[], changes: Changes | undefined): Promise<void> {
  const { state, config, facts, server } = session;
  if (server.recovery) {
    throw new Problem('READ_ONLY_SERVER', 'This server is a standby in recovery.', {
      state: UNTOUCHED,
      next: 'connect to the primary',
    });
  }
  if (state) guardHistory(state.applied);
  if (state?.mode === 'maintenance') throw paused();
  if (changes && changes.forbidden.length > 0) {
    throw new Problem('PLAN_CONFLICTS', 'The configuration cannot be applied to this migration.', {
      state: `${RESUMABLE} This run changed nothing.`,
      next: 'take these changes back, or roll back first',
      details: changes.forbidden,
    });
  }
  if (isApplied(state, target.at(-1)?.name ?? '')) return;
  const concurrent = target.find(step => step.kind === 'concurrent' && !isApplied(state, step.name));
  if (concurrent && !server.direct) {
    throw new Problem('DIRECT_CONNECTION_NEEDED', `A pooler is in between, and ${concurrent.name} builds indexes.`, {
      state: state ? `${RESUMABLE} This run changed nothing.` : UNTOUCHED,
      next: 'name the server itself, not its pooler, with --database-url',
    });
  }
  const blocking = await readOnly(session, async tx => [
    ...(await conflicts(tx, config, session.model)).filter(c => c.severity === 'blocks'),
    ...(await obstacles(tx, config, facts, session.model, state)),
  ]);
  if (blocking.length === 0) return;
  const missing = blocking.some(b => b.code === 'PRIVILEGE_MISSING');
  throw new Problem(
    missing ? 'PRIVILEGE_MISSING' : 'PLAN_CONFLICTS',
    `${blocking.length} things stand in the way of this migration.`,
    {
      state: state ? `${RESUMABLE} This run changed nothing.` : UNTOUCHED,
      next: 'decide each in the configuration or the database; creditshift plan shows them all',
      details: blocking.map(b => `${b.code}: ${b.message}`),
    },
  );
}

async function confirmContract(context: Context, session: Session, pending: readonly Step[]): Promise<void> {
  const { server, config } = session;
  if (!pending.some(step => step.onlyByName)) return;
  requireExpected(config, server, context.unattended);
  const drops = pending.some(step => step.irreversible);
  const questions = drops
    ? [
        `Drop the legacy columns and function of ${server.database} for good?`,
        `No rollback will be possible. Drop them in ${server.database}?`,
      ]
    : [`Retire the legacy columns of ${server.database} by renaming them?`];
  for (const question of questions) {
    if (await context.confirm(question)) continue;
    throw new Problem('NOT_CONFIRMED', 'Not confirmed.', {
      state: 'This run changed nothing.',
      next: 'creditshift plan --to contract',
    });
  }
}

/** Takes the lease (making schema creditshift first, where there is none), runs `body`, and closes the run either way. */
export async function withRun<T>(
  context: Context,
  session: Session,
  command: string,
  body: (run: Run) => Promise<T>,
  reason?: string,
): Promise<T> {
  const run = newRun(context, session);
  if (!session.state) {
    await migrateUp(run, STEPS.slice(0, 1)).catch(error => {
      // Another first run was quicker: who of the two takes the lease goes on.
      if (sqlstate(error) !== '42P06') throw error;
    });
  }
  const lease: Lease = await takeLease(
    run.sql,
    `creditshift ${command} by ${session.server.user}, run ${run.id.slice(0, 8)}`,
  );
  run.lease = lease;
  const published = publish(run, run.progress);
  let outcome = 'failed';
  try {
    await refuseMoved(run, session);
    await startRun(run.sql, run, command, reason);
    run.progress = published.show;
    const result = await body(run);
    outcome = 'done';
    return result;
  } catch (error) {
    if (error instanceof Problem) outcome = error.code;
    throw error;
  } finally {
    await published.close();
    await finishRun(run.sql, run, outcome).catch(() => {});
    await lease.release();
  }
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

function nothingToDo(session: Session): Result {
  return {
    document: { database: session.server.database, applied: [] },
    blocks: [
      {
        kind: 'mark',
        tone: 'good',
        text: `Nothing to do: ${session.server.database} is migrated as the configuration says.`,
      },
    ],
  };
}

function done(applied: readonly string[], session: Session, target: readonly Step[]): Result {
  const blocks: Block[] = [
    { kind: 'mark', tone: 'good', text: `${session.server.database}: applied ${applied.join(', ')}.` },
  ];
  const last = target.at(-1)?.stage;
  const next =
    last === 'cutover'
      ? 'creditshift verify'
      : last === 'contract'
        ? 'creditshift report completion'
        : 'creditshift migrate   goes on to the cutover';
  blocks.push({ kind: 'text', text: `Next: ${next}` });
  return { document: { database: session.server.database, applied }, blocks };
}
