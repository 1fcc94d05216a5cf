import type { Model } from '../../../config/model.ts';
import { Qualified } from '../../../config/names.ts';
import type { Queryable } from '../../../database/connect.ts';
import { standing } from '../../../database/standing.ts';
import { isApplied, type State } from '../../../database/state.ts';

/** What is reached for: a credit table, the ledger's allocations, or the view. */
export interface Target {
  table: Qualified;
  /** The column that says whose a row is; null where rows are nobody's. */
  owner: string | null;
  /** What a row has where one has to be made for the trial. */
  made: Record<string, string | number>;
  /** It is only read. */
  view?: true;
}

/** Those that are there. */
export async function targetsOf(sql: Queryable, model: Model, state: State | undefined): Promise<Target[]> {
  const targets = wantedTargets(model, state);
  const there = await standing(
    sql,
    targets.map(({ table }) => table),
  );
  return targets.filter(({ table }) => there.includes(table.toString()));
}

function wantedTargets(model: Model, state: State | undefined): Target[] {
  const { balances, actions, log, catalogue, functions } = model;
  const action = catalogue[0]?.action ?? 'creditshift';
  const entry = {
    [log.action]: action,
    [log.consumed]: 0,
    [log.before]: 0,
    [log.after]: 0,
    [log.outcome]: 'success',
    [log.at]: 'epoch',
  };
  return [
    { table: balances.table, owner: balances.owner, made: {} },
    { table: log.table, owner: log.owner, made: entry },
    { table: actions.table, owner: null, made: { [actions.action]: action, [actions.cost]: 1 } },
    ...(isApplied(state, '060_allocate')
      ? [
          {
            table: new Qualified('creditshift', 'allocations'),
            owner: 'organization',
            made: { sequence: -1, kind: 'deletion', reason: 'a trial, rolled back' },
          },
        ]
      : []),
    ...(isApplied(state, '050_functions')
      ? [
          {
            table: new Qualified(functions.home, 'organization_credit_summary'),
            owner: 'organization_id',
            made: {},
            view: true as const,
          },
        ]
      : []),
  ];
}

/** What a role may name of a table; privileges that it has by a column count. */
export interface Reach {
  table: string;
  role: string;
  /** It may say which rows. */
  selectsOwner: boolean;
  selectable: string | null;
  updatable: string | null;
  insertable: string[];
}

/** For every table and role the columns that the role may use. */
export function readReach(sql: Queryable, targets: readonly Target[], roles: readonly string[]): Promise<Reach[]> {
  const wanted = targets.map(({ table, owner }) => ({ table: table.toString(), owner }));
  return sql<Reach[]>`
    select t."table", r.role,
           coalesce(bool_or(has_column_privilege(r.role, c.oid, a.attnum, 'SELECT')) filter (where a.attname = t.owner), false) as "selectsOwner",
           min(a.attname::text) filter (where has_column_privilege(r.role, c.oid, a.attnum, 'SELECT')) as selectable,
           min(a.attname::text) filter (where a.attgenerated = '' and a.attidentity <> 'a'
                                          and has_column_privilege(r.role, c.oid, a.attnum, 'UPDATE')) as updatable,
           coalesce(json_agg(a.attname) filter (where has_column_privilege(r.role, c.oid, a.attnum, 'INSERT')), '[]') as insertable
      from jsonb_to_recordset(${JSON.stringify(wanted)}::text::jsonb) as t ("table" text, owner text)
     cross join jsonb_array_elements_text(${JSON.stringify(roles)}::text::jsonb) as r (role)
      join pg_class as c on c.oid = t."table"::regclass
      join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
     group by t."table", t.owner, r.role, c.oid`;
}
