import type { Model } from '../config/model.ts';
import type { Queryable } from '../database/connect.ts';
import { standing } from '../database/standing.ts';
import { isApplied, type State } from '../database/state.ts';
import type { Obstacle } from './obstacle.ts';

/** Columns that the expand stage adds to the log, whoever made it. */
export const entryColumns = ({ pools }: Model): string[] => [
  ...['sequence', 'quantity', 'success', 'idempotency_key', 'legacy_delta'],
  ...pools.flatMap(pool => [pool.consumed, pool.after]),
];

/** What is in the way of the tables that the toolkit makes: one of that name is never taken over. */
export async function unmakeable(sql: Queryable, model: Model, state: State | undefined): Promise<Obstacle[]> {
  if (isApplied(state, '018_create')) return [];
  const made = [model.actions, model.log].filter(table => table.made).map(({ table }) => table);
  const taken = await standing(sql, made);
  const schemas = await sql<{ schema: string; there: boolean; open: boolean }[]>`
    select distinct s.schema, n.oid is not null as there,
           coalesce(has_schema_privilege(${model.balances.role}, n.oid, 'create'), false) as open
      from unnest(${made.map(({ schema }) => schema)}::text[]) as s (schema)
      left join pg_namespace as n on n.nspname = s.schema order by 1`;
  return [
    ...taken.map(name =>
      nameTaken(`there is a table ${name.replaceAll('"', '')} already; name its columns instead of create: true`),
    ),
    ...schemas.filter(s => !s.there).map(s => nameTaken(`there is no schema ${s.schema}`)),
    ...schemas
      .filter(s => s.there && !s.open)
      .map(
        (s): Obstacle => ({
          code: 'PRIVILEGE_MISSING',
          message: `CREATE on schema ${s.schema} for ${model.balances.role}, whose tables the log and the price list will be`,
        }),
      ),
    ...(model.log.made ? ownColumns(model) : []),
  ];
}

/** Names in the configuration that the log needs for a column of its own. */
function ownColumns(model: Model): Obstacle[] {
  const own = ['id', ...entryColumns(model)];
  return model.log.columns
    .filter(column => own.includes(column))
    .map(column => nameTaken(`log: ${column} is a column of every log that the toolkit makes; give it another name`));
}

const nameTaken = (message: string): Obstacle => ({ code: 'NAME_TAKEN', message });
