import { resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describeTarget } from '../database/connect.ts';
import { asProblem } from '../database/errors.ts';
import { isApplied } from '../database/state.ts';
import { counted } from '../output/counted.ts';
import type { Block, Result } from '../output/types.ts';
import { EXIT, Problem, type ProblemCode, UNTOUCHED } from '../problems.ts';
import type { Look } from '../progress.ts';
import { requireExpected, requireLegacyUnchanged, requireRollback } from '../rollback/guards.ts';
import { openGuard, type TakeLook } from '../watch/guard/look.ts';
import { NO_METRICS, openMetrics, replaceFile } from '../watch/guard/metrics.ts';
import { rollback } from './rollback/rollback.ts';
import { requireApprovals } from './session/approvals.ts';
import type { Context } from './session/context.ts';
import { deadlineOf } from './session/deadline.ts';
import { type Session, withSession } from './session/session.ts';

export interface GuardOptions {
  /** How long to watch, like 2h; until told to stop when absent. */
  for?: string;
  /** Go back by this method, once, when a limit is exceeded. */
  rollback?: 'disable';
  /** File for the metrics of each look, as OpenMetrics text. */
  metrics?: string;
  /** With rollback: who approved it. */
  approvedBy?: string[];
}

/** What a guard has seen until it ended. */
interface Seen {
  looks: number;
  /** Looks that exceeded a limit. */
  exceeded: number;
  first: Pick<Look, 'at' | 'exceeded'> | null;
  /** The rollback that it made. */
  rollback: Result | undefined;
  /** The cutover was undone by somebody else. */
  gone: boolean;
}

/** Looks in a row that may fail: a lost connection, a lock. */
const MISSES = 3;
/** Milliseconds that a look may take: more than all that it does, which has limits of its own. */
const LIMIT = 120_000;
/** Milliseconds between two questions whether to stop. */
const TICK = 100;

/**
 * Watches after the cutover and tells at each look what it sees, until the time is up or the user stops it. With
 * `rollback` it goes back by itself once a limit is exceeded, and ends.
 * @throws Problem NOT_CUT_OVER, NOT_CONFIRMED, CONNECTION_LOST
 */
export async function guard(context: Context, options: GuardOptions = {}): Promise<Result> {
  const deadline = deadlineOf(options.for === undefined ? {} : { for: options.for });
  return withSession(context, async session => {
    requireCutOver(session);
    if (options.rollback) await agree(context, session, options.approvedBy);
    const { sql, config, server } = session;
    const { target, folder } = context;
    const metrics = options.metrics === undefined ? undefined : resolve(folder, options.metrics);
    // Before the watch begins: what cannot be written then ends nothing any more.
    if (metrics) await replaceFile(metrics, NO_METRICS);
    const look = persistent(openGuard({ sql, config, target, folder, balances: metrics !== undefined }), context);
    const seen: Seen = { looks: 0, exceeded: 0, first: null, rollback: undefined, gone: false };
    const over = () => context.stopping() || performance.now() >= deadline;
    for (;;) {
      const next = performance.now() + config.guard.every * 1000;
      const found = await look();
      seen.gone = found === undefined;
      if (found && found !== 'missed') {
        note(seen, found, context);
        if (metrics) await write(metrics, openMetrics(found, config.guard.window), context);
      }
      if (options.rollback && seen.first && !seen.gone)
        seen.rollback = await goBack(context, seen.first.exceeded, options.approvedBy);
      if (seen.gone || seen.rollback || over()) return report(server.database, seen);
      while (!over() && performance.now() < next) await pause(Math.min(TICK, Math.max(0, next - performance.now())));
      if (over()) return report(server.database, seen);
    }
  });
}

function note(seen: Seen, look: Look, context: Context): void {
  context.progress({ event: 'look', ...look });
  seen.looks += 1;
  if (look.exceeded.length === 0) return;
  seen.exceeded += 1;
  seen.first ??= { at: look.at, exceeded: look.exceeded };
}

/** Watching goes on without the file. */
function write(path: string, text: string, context: Context): Promise<void> {
  return replaceFile(path, text).catch(error => {
    context.progress({ event: 'note', text: (error as Error).message });
  });
}

function requireCutOver({ state, server }: Session): void {
  if (isApplied(state, '090_cutover')) return;
  throw new Problem('NOT_CUT_OVER', `There is no cutover to watch in ${server.database}.`, {
    state: UNTOUCHED,
    next: 'creditshift status; guard watches after creditshift migrate',
  });
}

/** Asks now for what may be done later, and refuses now what would be refused then. */
async function agree(context: Context, session: Session, approvedBy: string[] | undefined): Promise<void> {
  const { sql, state, config, server } = session;
  requireRollback(state);
  requireExpected(config, server, context.unattended);
  await requireLegacyUnchanged(sql, state.config, false);
  await requireApprovals(context, session, 'rollback', approvedBy);
  const question = `Put the legacy function of ${server.database} back, without asking again, when a limit is exceeded?`;
  if (await context.confirm(question)) return;
  throw new Problem('NOT_CONFIRMED', 'Not confirmed.', {
    state: 'This run changed nothing.',
    next: 'creditshift guard   without --rollback only reports',
  });
}

/** Looks on after a look that failed; the driver opens a lost connection anew. Too many in a row are an error. */
function persistent(look: TakeLook, context: Context): () => Promise<Look | 'missed' | undefined> {
  let misses = 0;
  return async () => {
    try {
      const found = await within(look(), LIMIT);
      misses = 0;
      return found;
    } catch (error) {
      const problem = asProblem(error, describeTarget(context.target));
      if (!(problem instanceof Problem)) throw error;
      misses += 1;
      if (misses === MISSES || context.stopping()) throw blind(problem);
      context.progress({ event: 'note', text: `no look: ${problem.message}` });
      return 'missed';
    }
  };
}

/** An answer, or the end of the wait for it: a network that swallows everything answers nothing, not even an error. */
async function within<T>(answer: Promise<T>, milliseconds: number): Promise<T> {
  answer.catch(() => {});
  const over = new AbortController();
  const late = Object.assign(new Error(`no answer in ${milliseconds / 1000} s`), { code: 'CONNECT_TIMEOUT' });
  const limit = pause(milliseconds, undefined, { signal: over.signal }).then(() => Promise.reject(late));
  limit.catch(() => {});
  return Promise.race([answer, limit]).finally(() => over.abort());
}

const blind = (cause: Problem) =>
  new Problem(cause.code, `Nobody watches any more. ${cause.message}`, {
    state: 'As it was: guard has nothing open in it. A rollback that it may have begun is in the status.',
    next: 'creditshift status; then creditshift guard again',
    cause,
  });

/** What another run, a lock or the connection was in the way of: the next look says whether it is still to be done. */
const AGAIN: readonly ProblemCode[] = [
  ...(['LEASE_HELD', 'LEASE_LOST', 'STATE_CONFLICT', 'LOCK_TIMEOUT', 'CONNECTION_LOST'] as const),
  ...(['CANNOT_CONNECT', 'NOT_CUT_OVER', 'NOTHING_TO_ROLL_BACK'] as const),
];

/** Goes back; undefined where that is to be tried again after the next look. */
async function goBack(
  context: Context,
  reasons: readonly string[],
  approvedBy: string[] = [],
): Promise<Result | undefined> {
  const agreed: Context = { ...context, confirm: async () => true };
  try {
    return await rollback(agreed, { method: 'disable', reason: `guard: ${reasons.join('; ')}`, approvedBy });
  } catch (error) {
    if (!(error instanceof Problem) || !AGAIN.includes(error.code)) throw error;
    context.progress({ event: 'note', text: `no rollback yet: ${error.message}` });
    return undefined;
  }
}

function report(database: string, { looks, exceeded, first, rollback: back, gone }: Seen): Result {
  const blocks: Block[] = [
    first
      ? { kind: 'mark', tone: 'bad', text: `A limit was exceeded in ${exceeded} of ${counted(looks, 'look')}.` }
      : { kind: 'mark', tone: 'good', text: `No limit was exceeded in ${counted(looks, 'look')}.` },
    ...(first?.exceeded ?? []).map((what): Block => ({ kind: 'text', text: `    ${first?.at}  ${what}` })),
    ...(gone
      ? [{ kind: 'mark', tone: 'warn', text: 'The cutover was undone, or made anew: the watch is over.' } as const]
      : []),
    ...(back?.blocks ?? []),
  ];
  if (!back) blocks.push({ kind: 'text', text: `Next: ${first && !gone ? ROLLBACK : 'creditshift status'}` });
  return {
    document: { database, looks, exceeded, first, undoneByOthers: gone, rollback: back?.document ?? null },
    blocks,
    exitCode: first ? EXIT.verification : EXIT.done,
  };
}

const ROLLBACK = 'creditshift verify; creditshift rollback --method disable goes back';
