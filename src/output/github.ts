import type { Problem } from '../problems.ts';
import { factsOf } from './facts.ts';
import { mask } from './mask.ts';
import { printable } from './printable.ts';
import type { Finding } from './types.ts';

/** Workflow commands that GitHub Actions shows as annotations, a line for each finding that did not pass. */
export function renderAnnotations(findings: readonly Finding[]): string {
  return findings
    .filter(finding => finding.outcome !== 'passed')
    .map(finding => {
      const kind = KINDS[finding.outcome] ?? (finding.severity === 'warning' ? 'warning' : 'error');
      const message = [finding.claim, ...factsOf(finding)].join('\n');
      return `::${kind} title=${property(finding.name)}::${data(message)}\n`;
    })
    .join('');
}

/** The annotation of a command that ended with a problem. */
export const renderError = ({ code, message, next }: Problem): string =>
  `::error title=${property(code)}::${data(`${message}\nNext: ${next}`)}\n`;

/** Where the severity does not decide. */
const KINDS: Partial<Record<Finding['outcome'], string>> = { error: 'error', 'not judged': 'notice' };

/** Escaped as the runner's own toolkit does it (actions/toolkit, packages/core/src/command.ts). */
const data = (text: string): string =>
  printable(mask(text)).replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
const property = (text: string): string => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
