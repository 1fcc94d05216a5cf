import { isFailure, runChecks } from '../checks/run.ts';
import { readState } from '../database/state.ts';
import { Problem, RESUMABLE } from '../problems.ts';
import type { Run } from '../steps/run.ts';
import type { Step } from '../steps/step.ts';

/** Runs the checks that a step establishes; a failing one stops the migration there, resumable. */
export async function checkStep(run: Run, step: Step): Promise<void> {
  const state = await readState(run.sql);
  const results = await runChecks({ sql: run.sql, model: run.model, state, config: run.config }, { step: step.name });
  const failed = results.filter(isFailure);
  if (failed.length === 0) return;
  throw new Problem(
    'CHECKS_FAILED',
    `${step.name} was applied, but ${failed.map(f => f.name).join(', ')} failed after it.`,
    {
      state: RESUMABLE,
      next: 'creditshift verify   shows the rows; correct them, then creditshift migrate goes on',
      details: failed.flatMap(f => [`${f.name}: ${f.claim}`, ...f.rows.slice(0, 5).map(row => `  ${row}`)]),
    },
  );
}
