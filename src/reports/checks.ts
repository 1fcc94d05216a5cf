import { type CheckResult, isFailure } from '../checks/run.ts';

/** A check of this state that was not executed: never counted as a pass. */
export type OmittedCheck = Pick<CheckResult, 'name' | 'group' | 'claim'>;

/** How many of the checks passed, in all and by group. */
export interface CheckSummary {
  passed: number;
  executed: number;
  omitted: number;
  failures: CheckResult[];
  warnings: CheckResult[];
  notJudged: number;
  groups: { group: string; passed: number; executed: number; omitted: number }[];
}

/** Counts by group, in the order in which the groups appear. */
export function summarize(executed: readonly CheckResult[], omitted: readonly OmittedCheck[]): CheckSummary {
  const passed = executed.filter(check => check.outcome === 'passed');
  const failures = executed.filter(isFailure);
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
    notJudged: executed.filter(check => check.outcome === 'not judged').length,
    groups,
  };
}

const inGroup = (checks: readonly OmittedCheck[], group: string) => checks.filter(c => c.group === group).length;

/** What keeps a migration from being complete, from its state and the checks executed now; empty when nothing does. */
export function obstaclesTo(mode: string, pending: readonly string[], summary: CheckSummary): string[] {
  const reasons: string[] = [];
  if (pending.length > 0) reasons.push(`pending steps: ${pending.join(', ')}`);
  if (mode !== 'live') reasons.push(`the mode is ${mode}: the new functions do not charge`);
  if (summary.executed === 0) reasons.push('no check was executed');
  if (summary.failures.length > 0) {
    reasons.push(
      `${summary.failures.length} of ${summary.executed} checks failed: ${summary.failures.map(c => c.name).join(', ')}`,
    );
  }
  return reasons;
}
