import { parseQualified } from '../../config/names.ts';
import { connect, describeTarget, type ServerFacts, type Sql } from '../../database/connect.ts';
import { asProblem } from '../../database/errors.ts';
import { isApplied, readState, type State } from '../../database/state.ts';
import type { Result } from '../../output/types.ts';
import { Problem, RESUMABLE, UNTOUCHED } from '../../problems.ts';
import { requireExpected } from '../../rollback/guards.ts';
import { changeMode, type ModeChange, modeBeforePause } from '../../steps/mode.ts';
import type { Context } from './context.ts';

export interface PauseOptions {
  /** Recorded in the journal. */
  reason?: string;
}

/** Stops charging until resume, also while a run is at work. It needs no configuration: the recorded one says where. */
export function pause(context: Context, { reason }: PauseOptions = {}): Promise<Result> {
  return withState(context, async (sql, server, state) => {
    if (state.mode === 'maintenance')
      return said(server, state.mode, `Charging in ${server.database} is paused already.`);
    if (!isApplied(state, '055_triggers')) throw notYet();
    await confirmed(context, server, state, `Stop charging in ${server.database} until creditshift resume?`);
    await change(context, sql, state, { event: 'pause', from: state.mode, to: 'maintenance', reason: reason ?? null });
    return said(server, 'maintenance', `Charging in ${server.database} is paused.`, 'creditshift resume');
  });
}

/** Charges again, by the function that did before the pause. */
export function resume(context: Context, { reason }: PauseOptions = {}): Promise<Result> {
  return withState(context, async (sql, server, state) => {
    if (state.mode !== 'maintenance') return said(server, state.mode, `Charging in ${server.database} is not paused.`);
    const to = await modeBeforePause(sql, state);
    const { legacy } = state.config.functions.consume;
    const by = to === 'live' ? 'by the new functions' : legacy ? 'by the legacy function' : 'to the unified balance';
    await confirmed(context, server, state, `Let charging go on in ${server.database}, ${by}?`);
    await change(context, sql, state, { event: 'resume', from: 'maintenance', to, reason: reason ?? null });
    return said(server, to, `Charging in ${server.database} goes on, ${by}.`, 'creditshift status');
  });
}

async function withState(
  context: Context,
  body: (sql: Sql, server: ServerFacts, state: State) => Promise<Result>,
): Promise<Result> {
  const { sql, server } = await connect(context.target);
  try {
    const state = await readState(sql);
    if (!state) {
      throw new Problem('STATE_CONFLICT', 'Nothing was migrated in this database: creditshift cannot pause it.', {
        state: UNTOUCHED,
        next: 'creditshift status',
      });
    }
    return await body(sql, server, state);
  } catch (error) {
    throw asProblem(error, describeTarget(context.target));
  } finally {
    await sql.end({ timeout: 2 });
  }
}

async function confirmed(context: Context, server: ServerFacts, state: State, question: string): Promise<void> {
  requireExpected(state.config, server, context.unattended);
  if (await context.confirm(question)) return;
  throw new Problem('NOT_CONFIRMED', 'Not confirmed.', {
    state: 'This run changed nothing.',
    next: 'creditshift status',
  });
}

function change(context: Context, sql: Sql, state: State, wanted: ModeChange): Promise<void> {
  return changeMode(sql, parseQualified(state.config.balances.table), wanted, (by, attempt) =>
    context.progress({ event: 'blocked', step: wanted.event, try: attempt, by }),
  );
}

function said({ database }: ServerFacts, mode: string, text: string, next?: string): Result {
  return {
    document: { database, mode },
    blocks: [{ kind: 'mark', tone: 'good', text }, ...(next ? [{ kind: 'text', text: `Next: ${next}` } as const] : [])],
  };
}

const notYet = () =>
  new Problem('STATE_CONFLICT', 'Charging cannot be paused before the triggers are there.', {
    state: `${RESUMABLE} This run changed nothing.`,
    next: 'creditshift migrate --to 055_triggers',
  });
