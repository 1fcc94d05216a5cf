import { isFailure } from '../../checks/run.ts';
import type { Block, Finding } from '../../output/types.ts';

/** The least severity that counts for the exit code: with `warning`, what only warns is a failure. */
export type Least = Finding['severity'];

/** What a command found of one kind, told by codes of which each may occur often. */
export interface Coded<Code extends string> {
  group: string;
  claim: string;
  remedy: string;
  /** Every code that there is. */
  codes: readonly Code[];
  found: readonly { code: Code; severity: 'blocks' | 'report'; message: string }[];
}

/** A finding for each code, `group.the-code`, passed where nothing has it: the same names at every run. */
export function byCode<Code extends string>({ group, claim, remedy, codes, found }: Coded<Code>): Finding[] {
  return codes.map(code => {
    const lines = found.filter(line => line.code === code);
    return {
      name: `${group}.${kebab(code)}`,
      group,
      claim,
      remedy,
      outcome: lines.length === 0 ? 'passed' : 'failed',
      severity: lines.some(line => line.severity === 'blocks') ? 'failure' : 'warning',
      count: lines.length,
      rows: lines.map(line => line.message),
    };
  });
}

/** UNKNOWN_PLAN or `roll back` as a part of a name. */
export const kebab = (words: string): string => words.toLowerCase().replace(/[ _]/g, '-');

const NOTHING = 'None of these checks has a subject in this state: nothing was checked.';

/** One line: how many of them passed, failed, warned, or had nothing to judge by. */
export function summary(results: readonly Pick<Finding, 'outcome' | 'severity'>[], of = 'checks'): Block {
  if (results.length === 0) return { kind: 'mark', tone: 'warn', text: NOTHING };
  const passed = results.filter(r => r.outcome === 'passed').length;
  const failures = results.filter(isFailure).length;
  const unjudged = results.filter(r => r.outcome === 'not judged').length;
  const warnings = results.length - passed - failures - unjudged;
  const text = [
    `${passed} of ${results.length} ${of} passed`,
    ...(failures > 0 ? [`${failures} failed`] : []),
    ...(warnings > 0 ? [warnings === 1 ? '1 warning' : `${warnings} warnings`] : []),
    ...(unjudged > 0 ? [`${unjudged} not judged`] : []),
  ].join(', ');
  return { kind: 'mark', tone: failures > 0 ? 'bad' : warnings + unjudged > 0 ? 'warn' : 'good', text };
}
