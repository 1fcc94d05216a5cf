import { readFile } from 'node:fs/promises';
import { recordedCatalog } from '../../database/catalog.ts';
import type { Queryable } from '../../database/connect.ts';
import { movedSince } from '../../plan/moved.ts';
import { planIn, type SavedPlan } from '../../plan/saved.ts';
import { nameOf, takePlan } from '../../plan/take.ts';
import { Problem, RESUMABLE, UNTOUCHED } from '../../problems.ts';
import { renderedSql } from '../../rehearsal/hashes.ts';
import type { Step } from '../../steps/step.ts';
import { readOnly, type Session } from '../session/session.ts';
import { fileProblem } from '../shown/whole-file.ts';

/** @throws Problem USAGE where the file cannot be read, or is no plan */
export async function readPlan(file: string): Promise<SavedPlan> {
  const text = await readFile(file, 'utf8').catch(cause => {
    throw fileProblem('Cannot read the plan', cause);
  });
  const plan = planIn(text);
  if (typeof plan !== 'string') return plan;
  throw new Problem('USAGE', `${file} cannot be used: ${plan}.`, {
    state: UNTOUCHED,
    next: `creditshift plan --out ${file}`,
  });
}

/**
 * Lets a saved plan pass that can still be carried out as it was read and approved, up to `target`.
 * @throws Problem WRONG_DATABASE for a plan of another database; PLAN_MOVED naming what moved since
 */
export async function requireUnmoved(session: Session, saved: SavedPlan, target: readonly Step[]): Promise<void> {
  const { server, state, config, facts } = session;
  if (saved.database !== server.database || saved.systemIdentifier !== server.systemIdentifier) {
    const planned = `${saved.database} (system ${saved.systemIdentifier})`;
    const here = `${server.database} (system ${server.systemIdentifier})`;
    throw new Problem('WRONG_DATABASE', `The plan is of ${planned}, and this is ${here}.`, {
      state: UNTOUCHED,
      next: 'connect to the database that was planned, or creditshift plan --out FILE for this one',
    });
  }
  const moved = await readOnly(session, async tx => {
    const catalog = await recordedCatalog(tx);
    return movedSince(saved, {
      plan: await takePlan(tx, session, target, catalog),
      sql: renderedSql(config, facts),
      definitions: new Map(catalog.map(entry => [nameOf(entry), entry.definition])),
      rolledBack: state !== undefined && (await wasRolledBack(tx, saved.journal)),
    });
  });
  if (moved.length === 0) return;
  throw new Problem('PLAN_MOVED', `What was planned at ${saved.at} is not what migrate would do now.`, {
    state: state ? `${RESUMABLE} This run changed nothing.` : UNTOUCHED,
    next: 'creditshift plan --out FILE   then have that one approved; or put back what moved',
    details: moved,
  });
}

async function wasRolledBack(tx: Queryable, position: number): Promise<boolean> {
  const [row] = await tx<{ there: boolean }[]>`
    select exists (select from creditshift.journal where event = 'rollback' and position > ${position}) as there`;
  return row?.there ?? false;
}
