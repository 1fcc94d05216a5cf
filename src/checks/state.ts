import { isApplied, type State } from '../database/state.ts';

export type DatabaseState = 'unmigrated' | 'partial' | 'cut over' | 'disabled' | 'dropped' | 'contracted';

export const ALL_STATES = [
  'unmigrated',
  'partial',
  'cut over',
  'disabled',
  'dropped',
  'contracted',
] as const satisfies DatabaseState[];

/** The states in which the toolkit's own objects are there. */
export const MIGRATED = ['partial', 'cut over', 'disabled', 'contracted'] as const satisfies DatabaseState[];

/**
 * The state the database is in.
 * @param archived an archive of a dropped migration is known; the database alone cannot tell dropped from unmigrated
 */
export function databaseState(state: State | undefined, archived = false): DatabaseState {
  if (!state) return archived ? 'dropped' : 'unmigrated';
  if (isApplied(state, '100_contract')) return 'contracted';
  if (isApplied(state, '090_cutover')) return 'cut over';
  return state.mode === 'disabled' ? 'disabled' : 'partial';
}
