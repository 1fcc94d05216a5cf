import type { DatabaseState } from '../checks/state.ts';
import type { State } from '../database/state.ts';
import type { RunRow } from './records.ts';

const BY_STATE: Record<DatabaseState, string> = {
  unmigrated: 'creditshift inspect, then creditshift plan',
  dropped: 'creditshift plan',
  partial: 'creditshift migrate   goes on where it stopped',
  'cut over': 'creditshift verify',
  disabled: 'creditshift migrate goes forward again; creditshift rollback --method drop removes what was added',
  contracted: 'creditshift verify',
};

/** The command that comes next: wait for a run that is at work, finish a rollback that was cut short, else go on. */
export function nextCommand(standing: DatabaseState, state: State | undefined, runs: readonly RunRow[]): string {
  if (state?.lease) return `wait for ${state.lease.holder}; then creditshift status`;
  const [last] = runs;
  const [, rollback, into] = /^rollback (\w+(?: --into (.*))?)/.exec(last?.command ?? '') ?? [];
  if (rollback && last?.outcome !== 'done')
    return `creditshift rollback --method ${rollback}   finishes what was cut short`;
  if (into && state?.mode === 'maintenance')
    return `point the application at ${into}: this database was restored there`;
  if (state?.mode === 'maintenance') return 'creditshift resume   charging is paused';
  return BY_STATE[standing];
}
