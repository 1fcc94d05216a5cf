import type { Model } from '../../../config/model.ts';
import type { Config } from '../../../config/schema.ts';
import { ANONYMOUS } from '../roles.ts';
import { type Cell, keyOf, type Outcome, type Rows } from './cell.ts';

/** Cells as they were before the migration, by key. */
export type Before = ReadonlyMap<string, Outcome>;

/**
 * Whether the configuration lets a role there: roles that act for all everywhere, a tenant's users at their own rows for
 * reading and at the functions, everybody at the prices. Undefined: it does not say, so what was open before may be.
 */
export function permitted({ role, object, command, rows }: Cell, model: Model, config: Config): boolean | undefined {
  const { execute, actForAll } = config.functions;
  if (actForAll.includes(role)) return true;
  if (role !== ANONYMOUS && !execute.includes(role)) return undefined;
  if (command === 'select') return object === model.actions.table.toString() || (rows === 'own' && !isLedger(object));
  return command === 'call' && rows === 'own' && execute.includes(role) && callers(model, object).includes(role);
}

const isLedger = (object: string) => object === '"creditshift"."allocations"';

/** Who may call a function by the configuration; before the cutover there is only the legacy one. */
function callers(model: Model, object: string): string[] {
  const called = model.internalFunctions.find(f => f.exposed && object.endsWith(`."${f.name}"`));
  return called?.callers ?? [];
}

/**
 * How a cell was before the migration. The view stands for the balances, which it reads with the rights of who asks; and
 * the rows of anybody for those of another tenant, since there may have been users then and not now, or the reverse.
 */
export function outcomeBefore(cell: Cell, model: Model, before: Before): Outcome | undefined {
  const reads = cell.command === 'select' && cell.object.endsWith('."organization_credit_summary"');
  const objects = reads ? [cell.object, model.balances.table.toString()] : [cell.object];
  const whose: Rows[] = cell.rows === 'own' ? ['own'] : [cell.rows, cell.rows === 'any' ? 'foreign' : 'any'];
  const known = objects.flatMap(object => whose.map(rows => before.get(keyOf({ ...cell, object, rows }))));
  return known.find(outcome => outcome !== undefined);
}
