import type { Phase } from '../config/model.ts';
import { windowsOf } from '../config/terms.ts';
import { isApplied, type State } from '../database/state.ts';

/** How far the database has come, as rendering needs it. */
export function phaseOf(state: State): Phase {
  const legacyColumns = isApplied(state, '110_drop_legacy')
    ? 'dropped'
    : isApplied(state, '100_contract')
      ? 'retired'
      : 'kept';
  return {
    live: isApplied(state, '090_cutover'),
    logExpanded: isApplied(state, '040_expand_log'),
    measured: isApplied(state, '015_pricing') ? windowsOf(state.config) : [],
    legacyColumns,
  };
}
