import { resolve } from 'node:path';
import { archiveFolder } from '../../backup/archives.ts';
import { type Chosen, fitBackup, newestBackup, readManifest } from '../../backup/read.ts';
import { isFailure, runChecks } from '../../checks/run.ts';
import { isApplied, readState, type State } from '../../database/state.ts';
import { counted } from '../../output/counted.ts';
import type { Block, Result } from '../../output/types.ts';
import { EXIT, Problem, UNTOUCHED } from '../../problems.ts';
import { disable, undoAfterCutover } from '../../rollback/disable.ts';
import { type Dropped, drop } from '../../rollback/drop.ts';
import { acceptLegacy, requireExpected, requireLegacyUnchanged, requireRollback } from '../../rollback/guards.ts';
import { type Differing, restoreInPlace } from '../../rollback/restore.ts';
import { emptySettlement, type Settlement } from '../../rollback/settle.ts';
import { type Unsettleable, unsettleable } from '../../rollback/unsettleable.ts';
import { journal } from '../../steps/run.ts';
import { requireApprovals } from '../session/approvals.ts';
import type { Context } from '../session/context.ts';
import type { Run } from '../session/run.ts';
import { openSession, type Session, withSession } from '../session/session.ts';
import { withRun } from '../session/with-run.ts';
import { checking } from '../shown/checking.ts';
import { summary } from '../shown/findings.ts';
import { listed } from '../shown/listed.ts';
import { droppedBlocks } from './dropped.ts';
import { restoreInto } from './restore-into.ts';

export type Method = 'disable' | 'drop' | 'restore';

export interface RollbackOptions {
  method: Method;
  /** restore: the backup's folder; the newest good one from before the migration when absent. */
  from?: string;
  /** restore: which to believe where the two disagree. */
  balances?: 'current' | 'backup';
  /** Recorded in the run. */
  reason?: string;
  acceptChangedLegacy?: boolean;
  /** drop, restore: where the archive goes. */
  archive?: string;
  /** restore: the whole database, into a new one of this name. */
  into?: string;
  /** With into: the archive of a rollback whose charges are replayed, where the old database cannot be read. */
  replay?: string;
  acceptUnknownWindow?: boolean;
  approvedBy?: string[];
}

interface Outcome {
  settlement: Settlement;
  unsettleable: Unsettleable[];
  dropped?: Dropped;
  restored?: { folder: string; rejected: string[]; differing: Differing[] };
}

/** Back to the unified balance by one of three methods; charges since the cutover are settled exactly once. */
export async function rollback(context: Context, options: RollbackOptions): Promise<Result> {
  refuseSlips(options);
  if (options.into !== undefined) return restoreInto(context, { ...options, into: options.into });
  return withSession(context, async session => {
    requireRollback(session.state);
    const { state, server } = session;
    if (options.method === 'disable') requireCutOver(state);
    requireExpected(session.config, server, context.unattended);
    await requireLegacyUnchanged(session.sql, state.config, options.acceptChangedLegacy ?? false);
    const backup = options.method === 'restore' ? await findBackup(context, session, options.from) : undefined;
    const approval = await requireApprovals(context, session, 'rollback', options.approvedBy);
    if (!(await context.confirm(QUESTIONS[options.method](server.database)))) {
      throw new Problem('NOT_CONFIRMED', 'Not confirmed.', {
        state: 'This run changed nothing.',
        next: 'creditshift status',
      });
    }
    const started = performance.now();
    const outcome = await withRun(
      context,
      session,
      `rollback ${options.method}`,
      async (run, hooks) => {
        const outcome = await act(run, context, session, state, options, backup);
        await hooks.fire('after-rollback', { method: options.method });
        return outcome;
      },
      { reason: options.reason, approval },
    );
    return report(context, session, options, outcome, (performance.now() - started) / 1000);
  });
}

/** @throws Problem USAGE */
function refuseSlips({ method, into, archive, replay, acceptUnknownWindow }: RollbackOptions): void {
  const slip =
    into === undefined
      ? (replay !== undefined || acceptUnknownWindow) && '--replay and --accept-unknown-window go with --into.'
      : method !== 'restore'
        ? '--into goes with --method restore.'
        : archive !== undefined && '--into writes no archive: the old database stays. --replay names one to read.';
  if (slip) throw new Problem('USAGE', slip, { state: UNTOUCHED, next: 'creditshift rollback --help' });
}

const QUESTIONS: Record<Method, (database: string) => string> = {
  disable: database => `Put ${database} back on the unified balance and settle what was charged? Pools and log stay.`,
  drop: database => `Settle, archive and drop everything that creditshift added to ${database}?`,
  restore: database => `Restore the legacy values of ${database} from the backup and drop what creditshift added?`,
};

function requireCutOver(state: State): void {
  if (isApplied(state, '090_cutover')) return;
  throw new Problem('NOT_CUT_OVER', `There is no cutover to disable: the legacy function is live (${state.mode}).`, {
    state: UNTOUCHED,
    next: 'creditshift migrate goes forward; creditshift rollback --method drop removes what was added',
  });
}

/** The backup to restore, whole and of this database; `from` names it, else the newest good one from before. */
async function findBackup(context: Context, session: Session, from: string | undefined): Promise<Chosen> {
  context.progress({ event: 'work', what: 'reading the backup' });
  if (from === undefined) return newestBackup(context.folder, session.server);
  const folder = resolve(context.folder, from);
  const manifest = await fitBackup(folder, session.server, await readManifest(folder));
  return { folder, manifest, rejected: [] };
}

async function act(
  run: Run,
  context: Context,
  session: Session,
  state: State,
  options: RollbackOptions,
  backup: Chosen | undefined,
): Promise<Outcome> {
  if (options.acceptChangedLegacy) await acceptLegacy(run.sql, state.config);
  await undoAfterCutover(run, state);
  const outcome: Outcome = { settlement: emptySettlement(), unsettleable: [] };
  if (backup) {
    const { folder, manifest, rejected } = backup;
    const { settlement, differing } = await restoreInPlace(run, state, folder, manifest, options.balances);
    Object.assign(outcome, { settlement, restored: { folder, rejected, differing } });
  } else {
    outcome.settlement = await disable(run, state);
  }
  outcome.unsettleable = await unsettleable(run.sql);
  const { organizations, charged, short } = outcome.settlement;
  await journal(run.sql, run, 'rollback', {
    method: options.method,
    reason: options.reason ?? null,
    organizations,
    charged,
    short,
    unsettleable: outcome.unsettleable,
  });
  if (options.method === 'disable') return outcome;
  const archive = options.archive
    ? resolve(context.folder, options.archive)
    : archiveFolder(context.folder, session.server.database);
  return { ...outcome, dropped: await drop(run, session.server, archive) };
}

async function report(
  context: Context,
  session: Session,
  options: RollbackOptions,
  outcome: Outcome,
  seconds: number,
): Promise<Result> {
  const { sql, server, config } = session;
  const now = await openSession(sql, server, config);
  const subject = { sql, model: now.model, state: await readState(sql), config: now.state?.config ?? config };
  const results = await runChecks(subject, checking(context.progress));
  const { settlement, unsettleable, dropped, restored } = outcome;
  const blocks: Block[] = [
    {
      kind: 'mark',
      tone: 'good',
      text: `${options.method}: ${server.database} is back on the unified balance, in ${seconds.toFixed(1)} s.`,
    },
    {
      kind: 'mark',
      tone: 'good',
      text: settledLine(settlement),
    },
  ];
  if (restored) blocks.push({ kind: 'text', text: `Backup: ${restored.folder}` });
  for (const text of restored?.rejected ?? [])
    blocks.push({ kind: 'mark', tone: 'warn', text: `passed over: ${text}` });
  blocks.push(
    ...listed(restored?.differing ?? [], d =>
      d.gone
        ? `${d.organization}: is in the backup and no longer here`
        : `${d.organization}: was ${d.current}, by the backup ${d.backup}; kept: ${options.balances}`,
    ),
    ...listed(
      settlement.short,
      s => `${s.organization}: owed ${s.charged}, had ${s.before}; ${s.shortfall} could not be charged`,
    ),
    ...listed(unsettleable, u => `${u.organization}: ${u.reason} at ${u.at}; ${owedLine(u.owed)}`),
  );
  if (dropped) blocks.push(...droppedBlocks(dropped));
  blocks.push(summary(results), {
    kind: 'text',
    text:
      options.method === 'disable'
        ? 'Next: creditshift migrate goes forward again; rollback --method drop removes the rest.'
        : 'Next: creditshift inspect',
  });
  return {
    document: {
      method: options.method,
      database: server.database,
      seconds,
      settlement,
      unsettleable,
      restored,
      dropped,
      checks: results,
    },
    blocks,
    exitCode: results.some(isFailure) ? EXIT.verification : EXIT.done,
  };
}

/** Where more was paid for or reversed than charged, the sum is negative. */
function settledLine({ charged, organizations }: Settlement): string {
  const of = counted(organizations, 'organization');
  return charged.startsWith('-')
    ? `Gave ${counted(charged.slice(1), 'legacy credit')} back to ${of}.`
    : `Settled ${counted(charged, 'legacy credit')} of ${of}.`;
}

const owedLine = (owed: string): string =>
  owed.startsWith('-')
    ? `the ${owed.slice(1)} it had paid for are given to nobody`
    : `the ${owed} it had spent are charged to nobody`;
