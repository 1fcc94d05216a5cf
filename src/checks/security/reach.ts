import { isApplied } from '../../database/state.ts';
import { type Check, SHOWN, type Subject, type Violations } from '../check.ts';
import { ALL_STATES, MIGRATED } from '../state.ts';
import { RECURSIVE } from './matrix/attempt.ts';
import { keyOf, type Tried, type Untried } from './matrix/cell.ts';
import { type Hole, linesOf } from './matrix/findings.ts';
import { type Before, outcomeBefore, permitted } from './matrix/judge.ts';
import { type Matrix, tryMatrix } from './matrix/matrix.ts';
import { readMatrix } from './matrix/record.ts';

export const reach: Check = {
  name: 'security.reach',
  claim: 'no role reaches what it should not: each tried every command on own and foreign rows, and every function',
  why: 'policies may look right and still let rows through: only trying tells',
  remedy: 'creditshift migrate --to harden closes it, and plan --to harden --sql shows how; or what the line says',
  severity: 'failure unless inherited',
  states: ALL_STATES,
  until: '095_harden',
  probes: true,
  find: async subject => {
    const before = await outcomesBefore(subject);
    const matrix = await tryMatrix(subject.sql, subject);
    return violationsOf(matrix, holesOf(subject, matrix, before), subject, before);
  },
};

export const hardened: Check = {
  name: 'security.hardened',
  claim: 'since it was hardened no role reaches what it should not, whatever was open before the migration',
  why: 'it was asked for, and something opened it again',
  remedy:
    'what the line says; harden leaves functions and views of yours, and policies that look at the row, as they are',
  severity: 'failure',
  states: MIGRATED,
  establishedBy: '095_harden',
  probes: true,
  find: async subject => {
    const before = await outcomesBefore(subject);
    const matrix = await tryMatrix(subject.sql, subject);
    const holes = holesOf(subject, matrix, before).map(hole => ({ ...hole, inherited: false }));
    return violationsOf(matrix, holes, subject, new Map());
  },
};

/** Undefined of a database whose tables nothing has changed yet: all is of before. */
const outcomesBefore = ({ sql, state }: Subject): Promise<Before> | undefined =>
  isApplied(state, '020_expand_balances') ? readMatrix(sql) : undefined;

/** The open cells that the configuration does not open. */
function holesOf({ model, config }: Subject, { cells }: Matrix, before: Before | undefined): Hole[] {
  return cells
    .filter(cell => cell.outcome === 'open')
    .map(cell => ({ ...cell, inherited: !before || outcomeBefore(cell, model, before) === 'open' }))
    .filter(hole => !(permitted(hole, model, config) ?? hole.inherited));
}

/** @throws Error where some of it could not be tried and nothing was found: that is no pass */
function violationsOf(
  { cells, untried }: Matrix,
  holes: readonly Hole[],
  { model }: Subject,
  before: Before | undefined,
): Violations {
  const lines = linesOf(holes, model);
  const unknown = [...untried, ...cells.flatMap(cell => notRun(cell, before))].map(({ what, vacuous }) => ({
    line: `not tried: ${what}`,
    inherited: vacuous,
  }));
  if (lines.length === 0 && unknown.some(u => !u.inherited))
    throw new Error(
      unknown
        .slice(0, SHOWN)
        .map(u => u.line)
        .join('; '),
    );
  const all = [...lines, ...unknown];
  return {
    count: all.length,
    inherited: all.filter(line => line.inherited).length,
    rows: all.map(({ line }) => line).slice(0, SHOWN),
  };
}

/** What the server refuses to everybody is nobody's hole, and no news where it did so before. */
function notRun(cell: Tried, before: Before | undefined): Untried[] {
  if (cell.outcome !== 'not run') return [];
  const { role, command, object, because } = cell;
  const known = because === RECURSIVE && (!before || before.get(keyOf(cell)) === 'not run');
  return [{ what: `${role}, ${command} ${object}: ${because}`, vacuous: known }];
}
