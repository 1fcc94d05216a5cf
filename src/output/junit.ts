import { factsOf } from './facts.ts';
import { mask } from './mask.ts';
import { printable } from './printable.ts';
import type { Finding } from './types.ts';

/**
 * JUnit XML as CI systems read it: a suite for each group, a case for each finding. A warning is a passed case that
 * says in system-out what was found; what is not judged is skipped.
 */
export function renderJunit(findings: readonly Finding[]): string {
  const groups = [...new Set(findings.map(finding => finding.group))];
  const suites = groups.map(group =>
    suiteOf(
      group,
      findings.filter(finding => finding.group === group),
    ),
  );
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="creditshift" ${countsOf(findings)}>`,
    ...suites,
    '</testsuites>\n',
  ].join('\n');
}

const suiteOf = (group: string, findings: readonly Finding[]): string =>
  [`  <testsuite name="${escaped(group)}" ${countsOf(findings)}>`, ...findings.map(caseOf), '  </testsuite>'].join(
    '\n',
  );

function countsOf(findings: readonly Finding[]): string {
  const errors = findings.filter(f => f.outcome === 'error').length;
  const failures = findings.filter(f => f.outcome === 'failed' && f.severity === 'failure').length;
  const skipped = findings.filter(f => f.outcome === 'not judged').length;
  return `tests="${findings.length}" failures="${failures}" errors="${errors}" skipped="${skipped}"`;
}

function caseOf(finding: Finding): string {
  const open = `    <testcase classname="${escaped(`creditshift.${finding.group}`)}" name="${escaped(finding.name)}"`;
  if (finding.outcome === 'passed') return `${open}/>`;
  return `${open}>${outcomeOf(finding)}</testcase>`;
}

function outcomeOf(finding: Finding): string {
  const { claim, outcome, severity } = finding;
  const text = escaped(factsOf(finding).join('\n'));
  if (outcome === 'error') return `<error message="${escaped(claim)}" type="error">${text}</error>`;
  if (outcome === 'not judged') return `<skipped message="${escaped(claim)}">${text}</skipped>`;
  if (severity === 'warning') return `<system-out>${escaped(`warning: ${claim}\n`)}${text}</system-out>`;
  return `<failure message="${escaped(claim)}" type="failure">${text}</failure>`;
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };

/** Text for XML 1.0, which has no place for some characters, not even escaped (section 2.2 there). */
const escaped = (text: string): string =>
  printable(mask(text))
    .replace(/[\ufffe\uffff\p{Cs}]/gu, '\ufffd')
    .replace(/[&<>"']/g, character => ENTITIES[character] ?? character);
