import type { Transaction } from '../database/connect.ts';
import { DEFAULT_LADDER, type Ladder } from '../database/ladder.ts';
import { type HeldLock, heldLocks } from '../database/locks.ts';
import type { Run } from './run.ts';

/** A ladder that tells the run's progress who is in the way of a step. */
export function telling(run: Run, step: string, ladder: Ladder = DEFAULT_LADDER): Ladder {
  return { ...ladder, blocked: (by, attempt) => run.progress({ event: 'blocked', step, try: attempt, by }) };
}

/** What the transaction holds of the credit tables at its end, each lock for at most the milliseconds since `locking`. */
export async function locksSince(tx: Transaction, run: Run, locking: number): Promise<HeldLock[]> {
  const { balances, actions, log, tenants } = run.model;
  const held = await heldLocks(
    tx,
    [balances, actions, log, tenants].map(({ table }) => table.toString()),
  );
  return held.map(lock => ({ ...lock, milliseconds: Math.round(performance.now() - locking) }));
}
