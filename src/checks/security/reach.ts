import { type Check, SHOWN, type Subject, type Violations } from '../check.ts';
import { ALL_STATES, MIGRATED } from '../state.ts';
import type { Tried, Untried } from './matrix/cell.ts';
import { type Hole, linesOf } from './matrix/findings.ts';
import { outcomeBefore, permitted } from './matrix/judge.ts';
import { type Matrix, tryMatrix } from './matrix/matrix.ts';
import { readMatrix } from './matrix/record.ts';

export const reach: Check = {
  name: 'security.reach',
  claim: 'no role reaches what it should not: each tried every command on own and foreign rows, and every function',
  remedy: 'creditshift migrate --to harden closes it, and plan --to harden --sql shows how; or what the line says',
  severity: 'failure unless inherited',
  states: ALL_STATES,
  until: '095_harden',
  probes: true,
  find: async subject => {
    const matrix = await tryMatrix(subject.sql, subject);
    return violationsOf(matrix, await holesOf(subject, matrix), subject);
  },
};

export const hardened: Check = {
  name: 'security.hardened',
  claim: 'since it was hardened no role reaches what it should not, whatever was open before the migration',
  remedy:
    'what the line says; harden leaves functions and views of yours, and policies that look at the row, as they are',
  severity: 'failure',
  states: MIGRATED,
  establishedBy: '095_harden',
  probes: true,
  find: async subject => {
    const matrix = await tryMatrix(subject.sql, subject);
    const holes = await holesOf(subject, matrix);
    return violationsOf(
      matrix,
      holes.map(hole => ({ ...hole, inherited: false })),
      subject,
    );
  },
};

/** The open cells that the configuration does not open; of a database that was never migrated, all are of before. */
async function holesOf({ sql, model, config, state }: Subject, { cells }: Matrix): Promise<Hole[]> {
  const before = state ? await readMatrix(sql) : undefined;
  return cells
    .filter(cell => cell.outcome === 'open')
    .map(cell => ({ ...cell, inherited: !before || outcomeBefore(cell, model, before) === 'open' }))
    .filter(hole => !(permitted(hole, model, config) ?? hole.inherited));
}

/** @throws Error where some of it could not be tried and nothing was found: that is no pass */
function violationsOf({ cells, untried }: Matrix, holes: readonly Hole[], { model }: Subject): Violations {
  const lines = linesOf(holes, model);
  const unknown = [...untried, ...cells.flatMap(notRun)].map(({ what, vacuous }) => ({
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

const notRun = ({ outcome, role, command, object, because }: Tried): Untried[] =>
  outcome === 'not run' ? [{ what: `${role}, ${command} ${object}: ${because}`, vacuous: false }] : [];
