import { asRecorded, type CheckResult, isFailure, runCheck, selectChecks } from '../../checks/run.ts';
import { isApplied, readState, type State } from '../../database/state.ts';
import { Problem, RESUMABLE } from '../../problems.ts';
import { STEPS } from '../../steps/all.ts';
import type { Run } from '../../steps/run.ts';
import type { Step } from '../../steps/step.ts';
import { checkSlices } from './check-slices.ts';

/**
 * Runs the checks of what is applied before going on: an earlier run may have stopped at the checks of its last step, or
 * was killed before them, and nothing checked a step that another tool ran from a file.
 */
export async function checkEarlier(run: Run, state: State | undefined): Promise<void> {
  if (!state) return;
  const files = await run.sql<{ step: string }[]>`
    select h.step from creditshift.history as h join creditshift.runs as r on r.run = h.run and r.command = 'plan --sql'`;
  const last = STEPS.findLast(step => isApplied(state, step.name));
  for (const step of STEPS.filter(s => s === last || files.some(file => file.step === s.name)))
    await checkStep(run, step);
}

/**
 * Runs the checks that a step establishes; a failing one stops the migration there, resumable. Those that judge each
 * organization by itself go slice by slice, as the allocation went: no statement is long, and clients are given way.
 */
export async function checkStep(run: Run, step: Step): Promise<void> {
  const subject = asRecorded({ sql: run.sql, model: run.model, state: await readState(run.sql), config: run.config });
  const due = selectChecks(subject, { step: step.name });
  const results: CheckResult[] = [];
  for (const check of due.filter(c => !c.slices)) {
    run.progress({ event: 'work', what: `checking ${check.name}` });
    results.push(await runCheck(check, subject));
  }
  results.push(
    ...(await checkSlices(
      run,
      step,
      due.filter(c => c.slices),
      subject,
    )),
  );
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
