import { Problem } from '../problems.ts';
import type { Block } from './types.ts';

/** Details a screen has room for; `--json` has them all. */
const SHOWN = 20;

/** Anything thrown, as what a user is told: a Problem as it is, everything else as a bug of this program. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const thrown = error instanceof Error ? error : new Error(String(error));
  return new Problem('BUG', `This is a bug in creditshift: ${thrown.message}`, {
    state: 'Not known to this run; what the database committed is kept.',
    next: 'creditshift status; and report the command and these lines to the maintainers of creditshift',
    details: (thrown.stack ?? '')
      .split('\n')
      .slice(1)
      .map(line => line.trim()),
    cause: error,
  });
}

/** A problem on one screen: what happened, details, the state of the database, the next command, the code. */
export function problemBlocks(problem: Problem): Block[] {
  const shown = problem.details.slice(0, SHOWN).map(detail => `    ${detail}`);
  const left = problem.details.length - shown.length;
  if (left > 0) shown.push(`    … and ${left} more; --json lists all`);
  return [
    { kind: 'mark', tone: 'bad', text: problem.message },
    ...(shown.length > 0 ? [{ kind: 'text', text: shown.join('\n') } as const] : []),
    {
      kind: 'facts',
      facts: [
        ['Database:', problem.state],
        ['Next:', problem.next],
        ['Code:', `${problem.code} (exit ${problem.exitCode})`],
      ],
    },
  ];
}

/** The same for programs. */
export function problemDocument(problem: Problem): Record<string, unknown> {
  const { code, message, state, next, details } = problem;
  return { error: { code, message, state, next, details } };
}
