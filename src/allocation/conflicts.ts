import { type Model, planValues } from '../config/model.ts';
import type { Config } from '../config/schema.ts';
import type { Queryable } from '../database/connect.ts';
import { actionConflicts } from './conflicts/actions.ts';
import { amountConflicts } from './conflicts/amounts.ts';
import { assignmentConflicts } from './conflicts/assignments.ts';
import type { Conflict, Question } from './conflicts/conflict.ts';
import { ownerless } from './conflicts/ownerless.ts';
import { planConflicts } from './conflicts/plans.ts';
import { rowConflicts } from './conflicts/rows.ts';

export { CONFLICTS, type Conflict, type ConflictCode } from './conflicts/conflict.ts';

/** Every conflict of a configuration with a database, before a migration or after it; blocking ones first. */
export async function conflicts(tx: Queryable, config: Config, model: Model): Promise<Conflict[]> {
  const rules = new Map(planValues(config).map(rule => [rule.value, rule.plan]));
  const question: Question = { tx, config, model, rules };
  const found = [
    ...(await planConflicts(question)),
    ...(await assignmentConflicts(question)),
    ...(await rowConflicts(question)),
    ...(await ownerless(question)),
    ...(await amountConflicts(question)),
    ...(await actionConflicts(question)),
  ];
  return found.sort((a, b) => Number(b.severity === 'blocks') - Number(a.severity === 'blocks'));
}
