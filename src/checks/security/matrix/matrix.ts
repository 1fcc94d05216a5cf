import type { Model } from '../../../config/model.ts';
import type { Config } from '../../../config/schema.ts';
import type { Queryable } from '../../../database/connect.ts';
import type { State } from '../../../database/state.ts';
import { readActors } from './actors.ts';
import { attempt } from './attempt.ts';
import { callTrials } from './calls.ts';
import { type Actor, keyOf, type Outcome, type Trial, type Tried, type Untried } from './cell.ts';
import { type Row, Rows } from './rows.ts';
import { readReach, targetsOf } from './targets.ts';
import { type Goal, tableTrials } from './trials.ts';

/** Who reaches what: every role on every credit table and function, on own and foreign rows. */
export interface Matrix {
  cells: Tried[];
  /** What could not be tried at all. */
  untried: Untried[];
}

/**
 * Tries it all, in the transaction of `tx`, which the caller rolls back: 200 statements of one row each. The two users of
 * a tenant's role are one line: a cell is open when it was for either.
 */
export async function tryMatrix(
  tx: Queryable,
  { model, config, state }: { model: Model; config: Config; state: State | undefined },
): Promise<Matrix> {
  const { actors, organizations, untried } = await readActors(tx, model, config);
  const targets = await targetsOf(tx, model, state);
  const reach = await readReach(tx, targets, [...new Set(actors.map(a => a.role))]);
  const rows = new Rows(tx);
  const trials: Trial[] = [];
  for (const target of targets) {
    const known = new Map<string | undefined, Row>();
    for (const organization of target.owner === null ? [undefined] : organizations) {
      known.set(organization, await rows.of(target, organization));
    }
    for (const actor of actors) {
      const of = reach.find(r => r.role === actor.role && r.table === target.table.toString());
      for (const { rows: whose, organization } of goalsOf(actor, target.owner === null ? [undefined] : organizations)) {
        const row = known.get(organization);
        if (of && row) trials.push(...tableTrials(actor, target, { rows: whose, organization, row }, of));
      }
    }
  }
  for (const actor of actors) {
    for (const { rows: whose, organization = '' } of goalsOf(actor, organizations))
      trials.push(...callTrials(actor, model, whose, organization));
  }
  return { cells: merged(await attempt(tx, trials, rows.values)), untried };
}

/** Whose rows an actor reaches for: his own tenant's and another's, or anybody's. */
function goalsOf({ tenant }: Actor, organizations: readonly (string | undefined)[]): Omit<Goal, 'row'>[] {
  if (tenant === undefined || organizations[0] === undefined)
    return organizations.slice(0, 1).map(organization => ({ rows: 'any', organization }));
  return organizations.map(organization => ({ rows: organization === tenant ? 'own' : 'foreign', organization }));
}

const RANK: Outcome[] = ['open', 'not run', 'closed'];

function merged(tried: readonly Tried[]): Tried[] {
  const cells = new Map<string, Tried>();
  for (const cell of tried) {
    const known = cells.get(keyOf(cell));
    if (!known || RANK.indexOf(cell.outcome) < RANK.indexOf(known.outcome)) cells.set(keyOf(cell), cell);
  }
  return [...cells.values()];
}
