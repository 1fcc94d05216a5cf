import { signalsOf } from '../../throttle/signals.ts';
import { type Hold, openThrottle, type Throttle } from '../../throttle/throttle.ts';
import type { Run } from '../run.ts';
import { STEP } from './parts.ts';

/** The configured throttle; why it holds is told as progress. */
export async function throttleOf(run: Run): Promise<Throttle> {
  const announce = async (hold: Hold | undefined) => {
    if (hold) run.progress({ event: 'waiting', step: STEP, ...hold });
  };
  return openThrottle(await signalsOf(run.sql, run.model, run.config.throttle), {
    patience: run.config.throttle.patience * 60_000,
    announce,
    stopping: run.stopping,
  });
}
