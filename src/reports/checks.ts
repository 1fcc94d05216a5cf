/** What became of a check that was executed for this report. An error is a check that could not be made. */
export interface ExecutedCheck {
  name: string;
  group: string;
  claim: string;
  severity: 'failure' | 'warning';
  outcome: 'passed' | 'failed' | 'error';
  count: number;
  rows: string[];
  remedy: string;
}

/** A check of this state that was not executed: never counted as a pass. */
export type OmittedCheck = Pick<ExecutedCheck, 'name' | 'group' | 'claim'>;

export interface CheckSummary {
  passed: number;
  executed: number;
  omitted: number;
  failures: ExecutedCheck[];
  warnings: ExecutedCheck[];
  groups: { group: string; passed: number; executed: number; omitted: number }[];
}

/** Counts by group, in the order in which the groups appear. */
export function summarize(executed: readonly ExecutedCheck[], omitted: readonly OmittedCheck[]): CheckSummary {
  const passed = executed.filter(check => check.outcome === 'passed');
  const failures = executed.filter(c => c.outcome === 'error' || (c.outcome === 'failed' && c.severity === 'failure'));
  const groups = [...new Set([...executed, ...omitted].map(check => check.group))].map(group => ({
    group,
    passed: inGroup(passed, group),
    executed: inGroup(executed, group),
    omitted: inGroup(omitted, group),
  }));
  return {
    passed: passed.length,
    executed: executed.length,
    omitted: omitted.length,
    failures,
    warnings: executed.filter(check => check.outcome === 'failed' && check.severity === 'warning'),
    groups,
  };
}

const inGroup = (checks: readonly OmittedCheck[], group: string) => checks.filter(c => c.group === group).length;

/** What keeps a migration from being complete, from its state and the checks executed now; empty when nothing does. */
export function obstaclesTo(mode: string, pending: readonly string[], summary: CheckSummary): string[] {
  const reasons: string[] = [];
  if (pending.length > 0) reasons.push(`${pending.length} steps are pending: ${pending.join(', ')}`);
  if (mode !== 'live') reasons.push(`the mode is ${mode}: the new functions do not charge`);
  if (summary.executed === 0) reasons.push('no check was executed');
  if (summary.failures.length > 0) {
    reasons.push(
      `${summary.failures.length} of ${summary.executed} checks failed: ${summary.failures.map(c => c.name).join(', ')}`,
    );
  }
  return reasons;
}
