import { CHECKS } from '../../src/checks/all.ts';
import { COMMANDS } from '../../src/cli/commands.ts';
import { ANSWERS } from '../../src/explain/answers.ts';
import { PROBLEM_EXPLANATIONS } from '../../src/explain/problems/all.ts';
import { CRITERIA } from '../../src/preflight/all.ts';
import { EXIT, PROBLEMS } from '../../src/problems.ts';
import { CAUSES } from '../../src/shadow/pools.ts';
import { CORRUPTIONS } from '../checks/corruptions/all.ts';

const table = (head: string[], rows: string[][]): string =>
  [head, head.map(() => '---'), ...rows].map(row => `| ${row.join(' | ')} |`).join('\n');

/** A table cell: its pipes would end it. */
const cell = (text: string) => text.replaceAll('|', '\\|');

const MEANINGS: Record<keyof typeof EXIT, string> = {
  done: 'done, or nothing to do',
  bug: 'a bug in creditshift',
  usage: 'usage, configuration, server or privileges: nothing was begun',
  unreachable: 'no connection, or another run is at work',
  stepFailed: 'a step failed; the database is consistent and `migrate` goes on from there',
  verification:
    'a check failed, a conflict is undecided, `plan --check` finds something pending, `preflight` says NO-GO, `dry-run` found a difference, `shadow` a call decided otherwise, or `guard` a limit exceeded',
  refused: 'refused: not confirmed, nothing to go back from, an unfit backup, a plan that moved, another database',
  interrupted: 'interrupted, resumable',
};

/** The tables of the README that the code dictates, by the name of their section. */
export const TABLES: Record<string, () => string> = {
  commands: () =>
    table(
      ['command', 'does', 'options'],
      COMMANDS.map(({ name, summary, arguments: positional = [], options = [] }) => [
        `\`${[name, ...positional.map(p => p.flags)].join(' ')}\``,
        cell(summary),
        options.map(option => `\`${cell(option.flags)}\``).join(' '),
      ]),
    ),
  criteria: () =>
    table(
      ['criterion', 'claim'],
      CRITERIA.map(({ name, claim }) => [`\`${name}\``, cell(claim)]),
    ),
  checks: () =>
    table(
      ['check', 'claim', 'severity'],
      CHECKS.map(({ name, claim, severity }) => [
        `\`${name}\``,
        cell(claim),
        typeof severity === 'function' ? 'by policy' : severity,
      ]),
    ),
  answers: () =>
    table(
      ['code', 'because'],
      Object.entries(ANSWERS).map(([code, { because }]) => [`\`${code}\``, because]),
    ),
  troubleshooting: () =>
    table(
      ['message', 'what to do', 'code'],
      Object.entries(PROBLEM_EXPLANATIONS).map(([code, { message, next }]) => [message, cell(next), `\`${code}\``]),
    ),
  causes: () => table(['cause', 'because'], Object.entries(CAUSES)),
  corruptions: () =>
    `The tests plant ${CORRUPTIONS.length} faults for these ${CHECKS.length} checks: ${CORRUPTIONS.length} of ${CORRUPTIONS.length} are found by the check that claims them, and none by an unrelated one.`,
  exits: () =>
    table(
      ['exit', 'means', 'codes'],
      Object.entries(EXIT).map(([kind, exit]) => [
        String(exit),
        MEANINGS[kind as keyof typeof EXIT],
        Object.entries(PROBLEMS)
          .filter(([, code]) => code === exit)
          .map(([name]) => `\`${name}\``)
          .join(' '),
      ]),
    ),
};
