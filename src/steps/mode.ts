import type { Qualified } from '../config/names.ts';
import type { Queryable, Sql } from '../database/connect.ts';
import { CUTOVER_LADDER, type Ladder, withLadder } from '../database/ladder.ts';
import { isApplied, type Mode, type State } from '../database/state.ts';
import { Problem } from '../problems.ts';
import { journal, newRunId } from './run.ts';

/** A change of the mode that a person asked for. */
export interface ModeChange {
  event: 'pause' | 'resume';
  from: Mode;
  to: Mode;
  reason: string | null;
}

/**
 * Changes the mode and journals it. No charge is in flight meanwhile: each one looks at the mode while it holds its
 * balance row (SEMANTICS 10).
 * @throws Problem STATE_CONFLICT when the mode changed since it was looked at
 */
export async function changeMode(
  sql: Sql,
  balances: Qualified,
  { event, from, to, reason }: ModeChange,
  blocked?: Ladder['blocked'],
): Promise<void> {
  await withLadder(
    sql,
    [{ table: balances.toString(), mode: 'SHARE ROW EXCLUSIVE' }],
    async tx => {
      await tx.unsafe(`lock table ${balances} in share row exclusive mode`);
      const changed = await tx`
        update creditshift.control set mode = ${to}, changed_at = now() where mode = ${from} returning mode`;
      if (changed.length === 0) throw changedMeanwhile(from);
      const [actor] = await tx<{ name: string }[]>`select session_user as name`;
      await journal(tx, { id: newRunId() }, event, { from, to, reason, actor: actor?.name });
    },
    { ...CUTOVER_LADDER, ...(blocked && { blocked }) },
  );
}

/** The mode that the last pause left; what history says where none is journalled. */
export async function modeBeforePause(sql: Queryable, state: State): Promise<Mode> {
  const [last] = await sql<{ mode: Mode }[]>`
    select data ->> 'from' as mode from creditshift.journal where event = 'pause' order by position desc limit 1`;
  return last?.mode ?? (isApplied(state, '090_cutover') ? 'live' : 'legacy');
}

const changedMeanwhile = (from: Mode) =>
  new Problem('STATE_CONFLICT', `The mode is no longer ${from}: another run changed it at this moment.`, {
    state: 'This run changed nothing.',
    next: 'creditshift status',
  });
