import type { Queryable } from '../../database/connect.ts';
import { isApplied, type State } from '../../database/state.ts';
import { Problem, UNTOUCHED } from '../../problems.ts';
import type { Source } from '../../reports/source.ts';
import { phaseOf } from '../../steps/phase.ts';
import type { Session } from '../session/session.ts';

/** @throws Problem NOT_CUT_OVER where there are no pools to report on yet, or no longer */
export function requireAllocated({ state, server }: Session): State {
  if (state && isApplied(state, '060_allocate')) return state;
  throw new Problem('NOT_CUT_OVER', `${server.database} has no credits in pools: there is nothing to report.`, {
    state: UNTOUCHED,
    next: state
      ? 'creditshift migrate goes on; creditshift status shows how far it is'
      : 'creditshift plan, then creditshift migrate',
  });
}

/** The snapshot `tx` of a migrated database, with the names that its columns have by now. */
export function sourceOf({ model, config }: Session, state: State, tx: Queryable): Source {
  const { legacyColumns } = phaseOf(state);
  const names = {
    kept: (column: string) => column,
    retired: (column: string) => `${column}_retired`,
    dropped: () => null,
  };
  return { tx, model, state, config, legacyName: names[legacyColumns ?? 'kept'] };
}
