import type { Model } from '../config/model.ts';
import type { Config } from '../config/schema.ts';
import type { Queryable } from '../database/connect.ts';
import { calls, type Source, setsInRow, writesColumn } from '../database/writers.ts';
import type { Obstacle } from './obstacle.ts';

interface TriggerRow {
  /** As the catalog describes it: `trigger keep_balance on table credit_ledger`. */
  trigger: string;
  function: string;
  source: string;
  onBalances: boolean;
  onUpdate: boolean;
}

/**
 * Triggers that keep the legacy balance by themselves, from a ledger for example: what a rollback settles into it would be
 * overwritten, or a new entry would charge it once more. Found by the text of their functions, and of those that these call.
 */
export async function balanceTriggers(sql: Queryable, config: Config, model: Model): Promise<Obstacle[]> {
  const { table, moved } = model.balances;
  const triggers = await readTriggers(sql, table.toString());
  if (triggers.length === 0) return [];
  const writers = withCallers(await readFunctions(sql), table.name, moved);
  return triggers
    .filter(
      ({ trigger, source, onBalances, onUpdate }) =>
        !config.functions.acceptDependents.includes(trigger) &&
        (writesColumn(source, table.name, moved) ||
          calls(source, writers) ||
          (onBalances && onUpdate && setsInRow(source, moved))),
    )
    .map(row => ({
      code: 'BALANCE_TRIGGER',
      message: `${row.trigger}, by function ${row.function}, writes ${table}.${moved} itself: what a rollback settles there would be lost or counted twice; let the balance be kept by the function that charges, or name the trigger under functions.acceptDependents`,
    }));
}

/** Functions that write the column, and those that call one of them, at any depth. */
function withCallers(functions: readonly Source[], table: string, column: string): Source[] {
  let writers = functions.filter(f => writesColumn(f.source, table, column));
  for (;;) {
    const more = functions.filter(f => writers.includes(f) || calls(f.source, writers));
    if (more.length === writers.length) return writers;
    writers = more;
  }
}

async function readTriggers(sql: Queryable, balances: string): Promise<TriggerRow[]> {
  // tgtype: 16 is UPDATE.
  return sql<TriggerRow[]>`
    select pg_describe_object('pg_trigger'::regclass, t.oid, 0) as trigger, t.tgfoid::regprocedure::text as function,
           coalesce(pg_get_function_sqlbody(p.oid), p.prosrc) as source,
           t.tgrelid = ${balances}::regclass as "onBalances", t.tgtype & 16 > 0 as "onUpdate"
      from pg_trigger as t join pg_proc as p on p.oid = t.tgfoid
     where not t.tgisinternal and t.tgenabled <> 'D' and t.tgparentid = 0 and t.tgname not like 'creditshift%'
     order by 1`;
}

async function readFunctions(sql: Queryable): Promise<Source[]> {
  return sql<Source[]>`
    select n.nspname as schema, p.proname as name, coalesce(pg_get_function_sqlbody(p.oid), p.prosrc) as source
      from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace
     where n.nspname !~ '^(pg_|information_schema$|creditshift)' and p.prokind in ('f', 'p')
       and not exists (select from pg_depend as d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')`;
}
