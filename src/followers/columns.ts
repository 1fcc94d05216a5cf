import type { Model } from '../config/model.ts';
import { isApplied, type State } from '../database/state.ts';
import { STEPS } from '../steps/all.ts';
import { forwardSql } from '../steps/step.ts';

/** A credit table, and the columns that it gets. */
export interface Added {
  table: string;
  names: string[];
  /** What adds them: `add column sequence bigint`. */
  clauses: string[];
}

/** The columns that steps not yet applied add to tables that are there already, as the very SQL of these has them. */
export function columnsToCome(model: Model, state: State | undefined): Added[] {
  const sql = STEPS.filter(step => step.stage === 'expand' && !isApplied(state, step.name))
    .map(step => forwardSql(step, model))
    .join('\n');
  const there = [
    model.balances.table,
    ...(model.actions.made ? [] : [model.actions.table]),
    ...(model.log.made ? [] : [model.log.table]),
  ];
  return [...new Set(there.map(String))]
    .map(table => ({ table, columns: columnsIn(sql, table) }))
    .filter(({ columns }) => columns.length > 0)
    .map(({ table, columns }) => ({
      table,
      names: columns.map(([name]) => name),
      clauses: columns.map(([name, type]) => `add column ${name} ${type}`),
    }));
}

/** Name and type, with default, of each; a check is the publisher's affair. */
function columnsIn(sql: string, table: string): [name: string, type: string][] {
  return sql
    .split(/^alter table /m)
    .filter(statement => /^\s/.test(statement.slice(table.length)) && statement.startsWith(table))
    .flatMap(statement => [
      ...(statement.split(/;$/m)[0] ?? '').matchAll(/add column ("(?:[^"]|"")+"|\w+) (.+?)(?= check \(|,?$)/gm),
    ])
    .map(([, name = '', type = '']) => [name, type]);
}
