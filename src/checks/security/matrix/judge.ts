import type { Model } from '../../../config/model.ts';
import type { Config } from '../../../config/schema.ts';
import { ANONYMOUS } from '../roles.ts';
import { type Cell, keyOf, type Outcome } from './cell.ts';

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

/** How a cell was before the migration: the view stands for the balances, which it reads with the rights of who asks. */
export function outcomeBefore(cell: Cell, model: Model, before: Before): Outcome | undefined {
  const own = before.get(keyOf(cell));
  if (own || cell.command !== 'select' || !cell.object.endsWith('."organization_credit_summary"')) return own;
  return before.get(keyOf({ ...cell, object: model.balances.table.toString() }));
}
