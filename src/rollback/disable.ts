import type { Transaction } from '../database/connect.ts';
import { isApplied, type State } from '../database/state.ts';
import { STEPS, stepNamed } from '../steps/all.ts';
import { undoStep } from '../steps/apply.ts';
import type { Run } from '../steps/run.ts';
import { add, emptySettlement, refuseShortfall, type Settlement, settle, settlePages } from './settle.ts';

/** Names the legacy columns back, where the contract step had retired them. */
export async function uncontract(run: Run, state: State): Promise<void> {
  if (isApplied(state, '100_contract')) await undoStep(run, stepNamed('100_contract'));
}

/** Undoes the steps after the cutover, the last one first. */
export async function undoAfterCutover(run: Run, state: State): Promise<void> {
  const cutover = STEPS.findIndex(step => step.name === '090_cutover');
  const later = STEPS.slice(cutover + 1).filter(step => isApplied(state, step.name));
  for (const step of later.toReversed()) await undoStep(run, step);
}

/**
 * Back to before the cutover: settle in pages while charging goes on, then one short switch that settles the rest.
 * Where there was no cutover it does nothing. `last` runs inside the switch, after the settlement.
 */
export async function disable(run: Run, state: State, last?: (tx: Transaction) => Promise<void>): Promise<Settlement> {
  const settlement = emptySettlement();
  if (!isApplied(state, '090_cutover')) return settlement;
  await refuseShortfall(run);
  const pages = await settlePages(run);
  Object.assign(settlement, pages);
  await undoStep(run, stepNamed('090_cutover'), async tx => {
    add(settlement, await settle(tx, run));
    await last?.(tx);
  });
  return settlement;
}
