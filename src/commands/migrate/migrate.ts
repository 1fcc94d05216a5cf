import { resolve } from 'node:path';
import { conflicts } from '../../allocation/conflicts.ts';
import { baselineFile } from '../../baseline/file.ts';
import { importBaseline } from '../../baseline/import.ts';
import { recordMatrix } from '../../checks/security/matrix/record.ts';
import { type Changes, changesOf } from '../../config/changes.ts';
import { paused } from '../../database/errors.ts';
import { isApplied, readState } from '../../database/state.ts';
import { pastPooler } from '../../database/supabase.ts';
import { guardHistory, migrateUp, stepsTo } from '../../migrator.ts';
import type { Block, Result } from '../../output/types.ts';
import { Problem, RESUMABLE, UNTOUCHED } from '../../problems.ts';
import { acceptLegacy, requireExpected, requireLegacyUnchanged } from '../../rollback/guards.ts';
import { obstacles } from '../../steps/preconditions.ts';
import { finishRevision, revise } from '../../steps/revise.ts';
import { journal } from '../../steps/run.ts';
import { prepareShim, SHADOW, takeShimAway } from '../../steps/shadow.ts';
import { neededOf, type Step } from '../../steps/step.ts';
import { recordBaseline } from '../../watch/guard/latency.ts';
import type { Hooks } from '../../watch/hooks.ts';
import { gate } from '../preflight/preflight.ts';
import { requireProof } from '../preflight/proof-gate.ts';
import { requireApprovals } from '../session/approvals.ts';
import type { Context } from '../session/context.ts';
import { deadlineOf } from '../session/deadline.ts';
import type { Run } from '../session/run.ts';
import { readOnly, type Session, withSession } from '../session/session.ts';
import { withRun } from '../session/with-run.ts';
import { checkEarlier, checkStep } from './check-step.ts';
import { readPlan, requireUnmoved } from './planned.ts';

export interface MigrateOptions {
  /** A step or a stage; its last step is the last that runs. */
  to?: string;
  /** With `--to contract`: drop the retired columns for good. */
  dropLegacy?: boolean;
  acceptChangedLegacy?: boolean;
  /** Folder of the proved backup; the newest in ./creditshift-backups when absent. */
  backup?: string;
  withoutBackupProof?: boolean;
  /** Who approved the plan: NAME, or NAME@HASH for a plan that has that hash. */
  approvedBy?: string[];
  /** A plan that `plan --out` saved: refused where anything it stands on has moved. */
  plan?: string;
  /** How long it may run, like 2h; it stops at a page boundary, resumable. */
  for?: string;
  /** When it stops: a local time of day, or a moment in ISO 8601. */
  until?: string;
}

/** Applies the pending steps; resumes where an earlier run stopped; changes nothing where nothing is pending. */
export async function migrate(context: Context, options: MigrateOptions = {}): Promise<Result> {
  const planned = options.plan === undefined ? undefined : await readPlan(resolve(context.folder, options.plan));
  const named = targetOf({ ...(planned?.to !== undefined && { to: planned.to }), ...options });
  const deadline = deadlineOf(options);
  const stopping = () => context.stopping() || performance.now() >= deadline;
  return withSession(context, async session => {
    const target = neededOf(named, session.model);
    if (planned) await requireUnmoved(session, planned, target);
    const changes = session.state ? changesOf(session.state.config, session.config) : undefined;
    await refuseEarly(context, session, target, changes);
    const pending = target.filter(step => !isApplied(session.state, step.name));
    if (session.state && pending.length === 0 && changes?.lines.length === 0 && session.state.revision === 1)
      return upToDate(session);
    // A stage that --to has to name is a decision of its own: what was approved before does not cover it.
    const resumed = session.state !== undefined && !pending.some(step => step.onlyByName || step.optional);
    const approval = await requireApprovals(context, session, 'migrate', options.approvedBy, resumed);
    await confirmContract(context, session, pending);
    const proof = session.state ? undefined : await requireProof(context, session, options);
    const body = async (run: Run, hooks: Hooks) => {
      if (proof) await journal(run.sql, run, 'backup', proof);
      if (planned) await journal(run.sql, run, 'plan', { plan: planned.hash, at: planned.at });
      await importRecorded(context, session, run);
      const applied = session.state ? [] : ['010_control'];
      if (session.state && changes && changes.lines.length > 0) {
        await revise(run, session.state, session.config, changes);
        applied.push(`revision ${run.revision}`);
      }
      if (pending.some(step => step.name === '090_cutover') && isApplied(session.state, '055_triggers')) {
        await requireLegacyUnchanged(run.sql, run.config, options.acceptChangedLegacy ?? false);
        if (options.acceptChangedLegacy) await acceptLegacy(run.sql, run.config);
      }
      if (pending.length > 0) await checkEarlier(run, session.state);
      const after = async (step: Step) => {
        await checkStep(run, step);
        if (step.name !== '090_cutover') return;
        await recordBaseline(run);
        await hooks.fire('after-cutover', { step: step.name });
      };
      const before = async (step: Step) => {
        // Once: nothing is open or closed by the steps up to the first of these, whoever ran them.
        if (step.stage !== 'control' && step !== SHADOW && !isApplied(session.state, '090_cutover')) {
          run.progress({ event: 'work', what: 'trying which role reaches what, to compare with afterwards' });
          await recordMatrix(run.sql, { ...run, state: await readState(run.sql) });
        }
        if (step === SHADOW) await prepareShim(run);
        if (step.name === '090_cutover') await beforeCutover(run, hooks);
      };
      applied.push(...(await migrateUp(run, target, after, before)));
      const state = await readState(run.sql);
      if (state) await finishRevision(run, state);
      return applied.length > 0 ? done(applied, session, target) : upToDate(session);
    };
    return withRun({ ...context, stopping, deadline }, session, 'migrate', body, { approval });
  });
}

/** What was recorded before the migration goes where the checks find it. */
async function importRecorded({ rehearsal, folder }: Context, { server }: Session, run: Run): Promise<void> {
  if (rehearsal) return;
  const file = baselineFile(folder);
  const left = await importBaseline(run.sql, run, server, file);
  if (left) run.progress({ event: 'note', text: `the baseline of ${file} was left out: ${left}` });
}

/** Where application code is deployed: a hook that fails stops the cutover, and so does a pause. */
async function beforeCutover(run: Run, hooks: Hooks): Promise<void> {
  const state = await readState(run.sql);
  if (state?.mode === 'maintenance') throw paused();
  await hooks.require('before-cutover', { step: '090_cutover' });
  // What the cutover sets aside is the legacy function itself.
  if (isApplied(state, SHADOW.name)) await takeShimAway(run);
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

async function refuseEarly(
  context: Context,
  session: Session,
  target: readonly Step[],
  changes: Changes | undefined,
): Promise<void> {
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
      next: pastPooler(server),
    });
  }
  context.progress({ event: 'work', what: 'looking for what stands in the way' });
  const blocking: { code: string; message: string }[] = await readOnly(session, async tx => [
    ...(await conflicts(tx, config, session.model)).filter(c => c.severity === 'blocks'),
    ...(await obstacles(tx, config, facts, session.model, state)),
  ]);
  blocking.push(...(await gate(context, session)));
  if (blocking.length === 0) return;
  const missing = blocking.some(b => b.code === 'PRIVILEGE_MISSING');
  throw new Problem(
    missing ? 'PRIVILEGE_MISSING' : 'PLAN_CONFLICTS',
    blocking.length === 1
      ? 'One thing stands in the way of this migration.'
      : `${blocking.length} things stand in the way of this migration.`,
    {
      state: state ? `${RESUMABLE} This run changed nothing.` : UNTOUCHED,
      next: 'decide each in the configuration or the database; creditshift preflight shows them all',
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

function upToDate(session: Session): Result {
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
    last === 'contract'
      ? 'creditshift report completion'
      : last === 'cutover' || last === 'harden'
        ? 'creditshift verify'
        : last === 'shadow'
          ? 'creditshift shadow'
          : 'creditshift migrate   goes on to the cutover';
  blocks.push({ kind: 'text', text: `Next: ${next}` });
  return { document: { database: session.server.database, applied }, blocks };
}
