import { buildModel } from '../config/model.ts';
import type { Config } from '../config/schema.ts';
import { sqlstate } from '../database/errors.ts';
import { isApplied } from '../database/state.ts';
import { Problem, UNTOUCHED } from '../problems.ts';
import { didYouMean } from '../similar.ts';
import { phaseOf } from '../steps/phase.ts';
import { CHECKS } from './all.ts';
import { type Check, GROUPS, groupOf, type Severity, type Subject, type Violations } from './check.ts';
import { inSnapshot, rolledBack } from './isolation.ts';
import { type DatabaseState, databaseState } from './state.ts';

/** What became of one check. Neither an error, which could not be made, nor what had nothing to judge by is a pass. */
export interface CheckResult {
  name: string;
  group: string;
  claim: string;
  severity: Severity;
  outcome: 'passed' | 'failed' | 'not judged' | 'error';
  count: number;
  rows: string[];
  remedy: string;
}

export interface Selection {
  /** A group, or the name of a check. */
  only?: string | undefined;
  /** The checks that this step establishes, and no others. */
  step?: string;
  /** An archive of a dropped migration is known. */
  archived?: boolean;
  /** Told before each check. */
  tell?: (check: Check, place: number, of: number) => void;
}

/** True of a result that a migration or a verification does not get past. */
export const isFailure = ({ outcome, severity }: Pick<CheckResult, 'outcome' | 'severity'>): boolean =>
  outcome === 'error' || (outcome === 'failed' && severity === 'failure');

/**
 * Runs the checks of the database's state, each in a read-only snapshot of its own; behaviour is tried in a transaction
 * that is rolled back. What the state records decides, not the model that a caller may have built before.
 * @throws Problem USAGE when `only` names neither a group nor a check
 */
export async function runChecks(subject: Subject, selection: Selection = {}): Promise<CheckResult[]> {
  const recorded = asRecorded(subject);
  const results: CheckResult[] = [];
  const due = selectChecks(recorded, selection);
  for (const [i, check] of due.entries()) {
    selection.tell?.(check, i + 1, due.length);
    results.push(await runCheck(check, recorded));
  }
  return results;
}

/** The subject by what the database's state records. */
export const asRecorded = (subject: Subject): Subject =>
  subject.state
    ? {
        ...subject,
        config: subject.state.config,
        model: buildModel(subject.state.config, subject.state.facts, phaseOf(subject.state)),
      }
    : subject;

/** Runs one check; what it throws becomes its outcome. */
export async function runCheck(check: Check, subject: Subject): Promise<CheckResult> {
  const isolate = check.probes ? rolledBack<Violations> : inSnapshot<Violations>;
  return resultOf(
    check,
    subject,
    isolate(subject.sql, sql => check.find({ ...subject, sql })),
  );
}

/** What became of a check; that it could not be made is a result too. */
export async function resultOf(check: Check, { config }: Subject, found: Promise<Violations>): Promise<CheckResult> {
  const { name, claim, remedy } = check;
  const result = { name, group: groupOf(check), claim, severity: severityOf(check, config), remedy };
  try {
    const violations = await found;
    const { count, rows, notJudged } = violations;
    if (notJudged !== undefined)
      return { ...result, severity: 'warning', outcome: 'not judged', count: 0, rows: [`not judged: ${notJudged}`] };
    const severity = severityOf(check, config, violations);
    return { ...result, severity, outcome: count === 0 ? 'passed' : 'failed', count, rows };
  } catch (error) {
    return { ...result, outcome: 'error', count: 0, rows: [`could not be checked: ${reasonOf(error)}`] };
  }
}

function severityOf({ severity }: Check, config: Config, found?: Violations): Severity {
  if (typeof severity === 'function') return severity(config);
  if (severity === 'as found') return found?.severity ?? 'failure';
  if (severity !== 'failure unless inherited') return severity;
  return found && found.count > 0 && found.inherited === found.count ? 'warning' : 'failure';
}

const reasonOf = (error: unknown): string =>
  sqlstate(error) === '25006'
    ? 'it tries what it checks, and this server takes no writes, not even to be rolled back; verify on the primary'
    : (error as Error).message;

/**
 * The checks that are due in the subject's state.
 * @throws Problem USAGE when `only` names neither a group nor a check
 */
export function selectChecks({ state }: Subject, { only, step, archived }: Selection): Check[] {
  const inState = databaseState(state, archived);
  const named = CHECKS.filter(check => only === undefined || check.name === only || groupOf(check) === only);
  if (named.length === 0) throw unknown(only);
  return named.filter(
    check =>
      isDue(check, inState, applied => isApplied(state, applied)) &&
      (step ?? check.establishedBy) === check.establishedBy,
  );
}

function isDue(check: Check, state: DatabaseState, applied: (step: string) => boolean): boolean {
  return (
    check.states.includes(state) &&
    (check.establishedBy === undefined || applied(check.establishedBy)) &&
    (check.until === undefined || !applied(check.until))
  );
}

function unknown(only = ''): Problem {
  return new Problem('USAGE', `There is no check or group of checks "${only}".`, {
    state: UNTOUCHED,
    next: 'name a group or a check of this list',
    details: [...didYouMean(only, [...GROUPS, ...CHECKS.map(check => check.name)]), ...GROUPS.map(namesIn)],
  });
}

const namesIn = (group: string): string => {
  const names = CHECKS.filter(check => groupOf(check) === group).map(check => check.name);
  return `${group}: ${names.join(', ')}`;
};
