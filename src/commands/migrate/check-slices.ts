import { type Check, SHOWN, type Subject } from '../../checks/check.ts';
import { inSnapshot } from '../../checks/isolation.ts';
import { type CheckResult, resultOf, runCheck } from '../../checks/run.ts';
import type { Slice } from '../../checks/slice.ts';
import { openPace } from '../../steps/allocate/pace.ts';
import { nextPage } from '../../steps/allocate/page.ts';
import type { Part } from '../../steps/allocate/parts.ts';
import type { Run } from '../../steps/run.ts';
import type { Step } from '../../steps/step.ts';
import { stopHere } from '../../steps/stop.ts';
import { courtesyOf } from '../../steps/throttle.ts';

/** The planner takes a slice for a single row; joined so, its time would grow with the square of the slice. */
const BOUNDED = 'set local enable_nestloop = off; set local max_parallel_workers_per_gather = 0';

/**
 * Runs checks a slice of the organizations at a time, in pages like the allocation's.
 * @throws Problem INTERRUPTED when the run was asked to stop, between two slices
 */
export async function checkSlices(
  run: Run,
  step: Step,
  checks: readonly Check[],
  subject: Subject,
): Promise<CheckResult[]> {
  if (checks.length === 0) return [];
  const courtesy = await courtesyOf(run);
  const pace = openPace(run.config.batch);
  const results = new Map<string, CheckResult>();
  let slices = 0;
  for (let part: Part | undefined = { part: 0, last: null, end: null }; part; ) {
    await courtesy.pass(step.name);
    stopHere(run, `at the checks of ${step.name}`);
    const { upto, last } = await nextPage(run, part, pace.size);
    const started = performance.now();
    for (const result of await checkSlice(checks, subject, { after: part.last, upto })) {
      results.set(result.name, merged(results.get(result.name), result));
    }
    run.progress({ event: 'work', what: `checking what ${step.name} did, slice ${++slices}` });
    const took = performance.now() - started;
    // Nobody waits for a slice, which locks nothing: it may take as long as a page takes alone.
    pace.took(took, run.config.batch.targetMilliseconds);
    await courtesy.rest(took);
    part = last ? undefined : { ...part, last: upto };
  }
  return [...results.values()];
}

/** All checks of one slice, in one snapshot; sent at once, for their ways to the server would take longer than they do. */
async function checkSlice(checks: readonly Check[], subject: Subject, slice: Slice): Promise<CheckResult[]> {
  try {
    return await inSnapshot(subject.sql, async sql => {
      await sql.unsafe(BOUNDED);
      const found = checks.map(check => resultOf(check, subject, check.find({ ...subject, sql, slice })));
      return Promise.all(found);
    });
  } catch {
    // One of them could not be made, and took the snapshot with it: each by itself says which.
    const results: CheckResult[] = [];
    for (const check of checks) results.push(await runCheck(check, { ...subject, slice }));
    return results;
  }
}

/** Of two slices' results the worse, with the rows of both. */
function merged(before: CheckResult | undefined, now: CheckResult): CheckResult {
  if (!before || before.outcome === 'passed') return now;
  if (now.outcome === 'passed') return before;
  const outcome = before.outcome === 'error' || now.outcome === 'error' ? 'error' : 'failed';
  return { ...before, outcome, count: before.count + now.count, rows: [...before.rows, ...now.rows].slice(0, SHOWN) };
}
