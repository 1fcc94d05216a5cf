import type { Transaction } from '../../database/connect.ts';
import type { HeldLock } from '../../database/locks.ts';
import { locksSince } from '../locks.ts';
import type { Run } from '../run.ts';

/** What the pages lock: the modes as the first page holds them, each for as long as the longest page took. */
export interface HeldByPages {
  /** Called at the end of a page's transaction. */
  look: (tx: Transaction) => Promise<void>;
  took: (milliseconds: number) => void;
  locks: () => HeldLock[];
}

export function openHeld(run: Run): HeldByPages {
  let locks: HeldLock[] | undefined;
  let longest = 0;
  return {
    look: async tx => {
      locks ??= await locksSince(tx, run, performance.now());
    },
    took: milliseconds => {
      longest = Math.max(longest, Math.round(milliseconds));
    },
    locks: () => (locks ?? []).map(lock => ({ ...lock, milliseconds: longest })),
  };
}
