import { quoteLiteral as lit, type Qualified, quoteIdentifier as q } from '../../../config/names.ts';
import type { Actor, Command, Trial, Rows as Whose } from './cell.ts';
import type { Row } from './rows.ts';
import type { Reach, Target } from './targets.ts';

/** Whose rows an actor reaches for, and one of them. */
export interface Goal {
  rows: Whose;
  organization: string | undefined;
  row: Row;
}

/** The trials of one actor on the rows of one table that are his, another tenant's, or anybody's. */
export function tableTrials(actor: Actor, target: Target, goal: Goal, reach: Reach): Trial[] {
  const make = goal.row.found || target.view ? undefined : insert(target.table, goal.row, goal.row.columns);
  const trial = (command: Command, statement: string, planned = false): Trial => ({
    role: actor.role,
    claims: JSON.stringify(actor.claims),
    object: target.table.toString(),
    command,
    rows: command === 'truncate' ? 'any' : goal.rows,
    setup: command === 'insert' || command === 'truncate' ? undefined : make,
    statement,
    planned,
  });
  if (target.view) return [trial('select', select(target, goal, reach))];
  return [
    trial('select', select(target, goal, reach)),
    trial('insert', insertAs(target, goal, reach)),
    trial('update', `${update(target, goal, reach)} ${one(target, goal)}`),
    trial('delete', `delete from ${target.table} ${one(target, goal)}`),
    // Where no row is named, policies for reading do not count; nothing would bound it to one row.
    trial('update', update(target, goal, reach), true),
    trial('delete', `delete from ${target.table}`, true),
    ...(goal.rows === 'own' ? [] : [trial('truncate', truncate(target.table))]),
  ];
}

const whose = ({ owner }: Target, { organization }: Goal) =>
  owner === null ? '' : `where ${q(owner)} = ${lit(organization)}`;

/** A role that may not read whose a row is, but some of it, is asked for any row. */
function select(target: Target, goal: Goal, reach: Reach): string {
  if (target.owner === null || reach.selectsOwner || reach.selectable === null)
    return `select from ${target.table} ${whose(target, goal)} limit 1`;
  return `select ${q(reach.selectable)} from ${target.table} limit 1`;
}

function insertAs({ table }: Target, { row }: Goal, reach: Reach): string {
  const allowed = row.columns.filter(column => reach.insertable.includes(column));
  return insert(table, row, allowed.length > 0 ? allowed : row.columns);
}

function update({ table }: Target, { row }: Goal, reach: Reach): string {
  const column = q(reach.updatable ?? row.columns[0] ?? '');
  return `update ${table} set ${column} = (${recordOf(table, row)}).${column}`;
}

const one = (target: Target, goal: Goal) =>
  `where ctid = (select ctid from ${target.table} ${whose(target, goal)} limit 1)`;

/** A real one would stop every client: the privilege is all that it needs, and a trigger all that stops it. */
const truncate = (table: Qualified) => `
  select from pg_class as c
   where c.oid = ${lit(table.toString())}::regclass and has_table_privilege(c.oid, 'TRUNCATE')
     and not exists (select from pg_trigger as t where t.tgrelid = c.oid and t.tgname = 'creditshift_no_truncate')`;

const recordOf = (table: Qualified, row: Row) =>
  `jsonb_populate_record(null::${table}, current_setting('creditshift.rows')::jsonb -> ${row.at})`;

const insert = (table: Qualified, row: Row, columns: readonly string[]) => {
  const list = columns.map(q).join(', ');
  return `insert into ${table} (${list}) overriding system value select ${list} from ${recordOf(table, row)}`;
};
