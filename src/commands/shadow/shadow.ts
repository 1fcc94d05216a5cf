import { isMade } from '../../config/found-or-made.ts';
import { buildModel } from '../../config/model.ts';
import { isApplied } from '../../database/state.ts';
import type { Result } from '../../output/types.ts';
import { EXIT, Problem, UNTOUCHED } from '../../problems.ts';
import { type Comparison, compare } from '../../shadow/compare.ts';
import type { Context } from '../session/context.ts';
import { secondsOf } from '../session/duration.ts';
import { readOnly, type Session, withSession } from '../session/session.ts';
import { summary } from '../shown/findings.ts';
import { causeFindings, comparisonBlocks, nothingBlocks, rateOf } from './report.ts';
import { installShim, removeShim } from './shim.ts';

export interface ShadowOptions {
  /** Put the shim around the legacy function, or take it away; without either, compare. */
  install?: boolean;
  remove?: boolean;
  /** Compare the calls of the legacy log instead of those that the shim noted. */
  fromLog?: boolean;
  /** Only calls of the last so long, like 30d; all, where absent. */
  window?: string;
}

/** What the new function would have decided about the calls of the legacy one. Comparing changes nothing. */
export async function shadow(context: Context, options: ShadowOptions = {}): Promise<Result> {
  const seconds = secondsOfWindow(options);
  return withSession(context, session => {
    requireLegacy(session, options);
    if (options.install) return installShim(context, session);
    if (options.remove) return removeShim(context, session);
    return compareCalls(context, session, options.fromLog ? 'log' : 'shim', seconds);
  });
}

/** @throws Problem STATE_CONFLICT where nothing decided, or nothing logged, before the cutover */
function requireLegacy({ state, config }: Session, { fromLog, remove }: ShadowOptions): void {
  const { functions, log } = state?.config ?? config;
  const lacking = fromLog
    ? isMade(log) && `${log.table} is made by the migration: it has no legacy call.`
    : functions.consume.legacy === undefined &&
      'No function charges before the cutover: there is no decision to compare with.';
  if (!lacking || remove) return;
  throw new Problem('STATE_CONFLICT', lacking, { state: UNTOUCHED, next: 'creditshift dry-run' });
}

/** @throws Problem USAGE */
function secondsOfWindow({ install, remove, fromLog, window }: ShadowOptions): number | undefined {
  const seconds = window === undefined ? undefined : secondsOf(window);
  const slip =
    [install, remove, fromLog].filter(Boolean).length > 1
      ? '--install, --remove and --from-log exclude each other.'
      : (install || remove) && window !== undefined
        ? '--window goes with a comparison.'
        : window !== undefined && !seconds && `"${window}" is no time like 24h or 30d.`;
  if (slip) throw new Problem('USAGE', slip, { state: UNTOUCHED, next: 'creditshift shadow --help' });
  return seconds;
}

async function compareCalls(
  context: Context,
  session: Session,
  from: 'shim' | 'log',
  seconds: number | undefined,
): Promise<Result> {
  const { state, server } = session;
  if (isApplied(state, '090_cutover')) {
    throw new Problem('STATE_CONFLICT', 'The new function charges the pools already: what they began with is spent.', {
      state: UNTOUCHED,
      next: 'creditshift verify',
    });
  }
  const allocated = isApplied(state, '060_allocate');
  // Until pools are allocated today's file says what they will be, so that a change of it can be tried.
  const config = state && allocated ? state.config : session.config;
  const model = allocated ? session.model : buildModel(config, session.facts);
  const source = { from, seconds, allocated, expandedLog: isApplied(state, '040_expand_log') };
  const noted = from === 'log' || state !== undefined;
  context.progress({ event: 'work', what: 'deciding the calls once more' });
  const found = await readOnly(session, async tx => {
    // Rows that row security would hide are an error, not fewer calls.
    await tx.unsafe('set local row_security = off; set local statement_timeout = 0');
    return noted ? compare(tx, config, model, source, () => goOn(context)) : NOTHING;
  });
  const disagreeing = found.calls - found.agreed - found.unjudged;
  const shim = isApplied(state, '017_shadow');
  const results = causeFindings(found);
  return {
    findings: { results, summary: summary(results, 'causes') },
    document: {
      database: server.database,
      source: from,
      shim,
      pools: allocated ? 'as allocated' : 'as the configuration would allocate them now',
      rate: rateOf(found),
      disagreeing,
      ...found,
      actions: found.actions.map(action => ({ ...action, rate: rateOf(action) })),
    },
    blocks: [
      { kind: 'title', text: `Legacy and new decisions of ${server.database}` },
      ...(found.calls === 0 ? nothingBlocks(session, from, shim) : comparisonBlocks(found, from, allocated)),
    ],
    exitCode: disagreeing > 0 ? EXIT.verification : EXIT.done,
  };
}

const NOTHING: Comparison = { calls: 0, agreed: 0, unjudged: 0, first: null, last: null, actions: [] };

function goOn({ stopping }: Context): void {
  if (!stopping()) return;
  throw new Problem('INTERRUPTED', 'The comparison was stopped, as asked.', {
    state: UNTOUCHED,
    next: 'creditshift shadow',
  });
}
