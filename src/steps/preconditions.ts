import type { Model } from '../config/model.ts';
import { quoteIdentifier } from '../config/names.ts';
import type { Config } from '../config/schema.ts';
import type { Queryable } from '../database/connect.ts';
import type { Facts } from '../database/facts.ts';
import { stands } from '../database/standing.ts';
import { isApplied, type State } from '../database/state.ts';
import { balanceTriggers } from './balance-triggers.ts';
import { followed } from './followed.ts';
import { entryColumns, unmakeable } from './made.ts';
import type { Obstacle } from './obstacle.ts';
import { membership, privileges } from './privileges.ts';
import { repeated } from './repeated.ts';

/** Everything about the catalog that would make a migrate fail or go wrong later, before anything is written. */
export async function obstacles(
  sql: Queryable,
  config: Config,
  facts: Facts,
  model: Model,
  state: State | undefined,
): Promise<Obstacle[]> {
  if (isApplied(state, '090_cutover')) return [];
  return [
    ...unlistedOverloads(config, facts),
    ...unusableSignature(config, facts),
    ...(await dependents(sql, config, model)),
    ...(await privileges(sql, model, facts, state)),
    ...(await membership(sql, model)),
    ...(await tables(sql, model)),
    ...(await balanceTriggers(sql, config, model)),
    ...(await repeated(sql, model)),
    ...(isApplied(state, '040_expand_log') ? [] : await followed(sql, model)),
    ...(await unmakeable(sql, model, state)),
    ...(await unloggable(sql, model)),
    ...(await missingRoles(sql, config)),
    ...(facts.legacyType === 'bigint' ? await fractions(sql, model) : []),
    ...(state ? [] : await clashes(sql, model)),
  ];
}

function unlistedOverloads(config: Config, facts: Facts): Obstacle[] {
  const { legacy = '', otherOverloads } = config.functions.consume;
  const listed = [legacy, ...otherOverloads].map(s => s.replaceAll(/[\s"]/g, ''));
  return facts.overloads
    .map(f => `${f.schema}.${f.name}(${f.types})`)
    .filter(signature => !listed.includes(signature.replaceAll(/\s/g, '')))
    .map(signature => ({
      code: 'OVERLOAD_UNLISTED',
      message: `${signature} would keep charging the legacy balance; list it under functions.consume.otherOverloads`,
    }));
}

function unusableSignature(config: Config, facts: Facts): Obstacle[] {
  const { organization, action, quantity } = config.functions.consume;
  const names = facts.consume.parameters.map(p => p.name);
  const found: Obstacle[] = [organization, action]
    .filter(name => !names.includes(name))
    .map(name => ({ code: 'PARAMETER_MISSING', message: `the legacy function has no parameter ${name}` }));
  const known = [organization, action, quantity, 'p_quantity', 'p_user_id', 'p_idempotency_key', 'p_metadata'];
  for (const name of names.filter(name => !known.includes(name))) {
    found.push({ code: 'PARAMETER_UNKNOWN', message: `the legacy parameter ${name} has no meaning for a pool charge` });
  }
  if (!['json', 'jsonb', 'text'].includes(facts.consume.returns)) {
    found.push({
      code: 'RETURN_TYPE',
      message: `the legacy function returns ${facts.consume.returns}; json, jsonb or text can be kept`,
    });
  }
  return found;
}

/** Views, policies, rules and defaults hold the function itself, not its name: they would go on charging the old balance. */
async function dependents(sql: Queryable, config: Config, model: Model): Promise<Obstacle[]> {
  const signatures = model.functions.legacy.map(
    f => `${quoteIdentifier(f.schema)}.${quoteIdentifier(f.name)}(${f.types})`,
  );
  const rows = await sql<{ name: string }[]>`
    select distinct pg_describe_object(d.classid, d.objid, d.objsubid) as name
      from pg_depend as d
     where d.refclassid = 'pg_proc'::regclass
       and d.refobjid in (select to_regprocedure(s)::oid from unnest(${signatures}::text[]) as s)
       and d.deptype in ('n', 'a')`;
  return rows
    .filter(row => !config.functions.acceptDependents.includes(row.name))
    .map(row => ({
      code: 'DEPENDENT',
      message: `${row.name} calls the legacy function and would go on charging the legacy balance; change it, or name it under functions.acceptDependents`,
    }));
}

async function tables(sql: Queryable, model: Model): Promise<Obstacle[]> {
  const [row] = await sql<
    { slots: number; forced: boolean; unique: boolean; partitioned: boolean; triggers: string[] }[]
  >`
    select 1600 - (select max(attnum) from pg_attribute where attrelid = c.oid)::integer as slots,
           c.relforcerowsecurity as forced,
           c.relkind = 'p' as partitioned,
           exists (select from pg_index as i join pg_attribute as a on a.attrelid = c.oid and a.attnum = i.indkey[0]
                    where i.indrelid = c.oid and i.indisunique and i.indnkeyatts = 1 and i.indpred is null and i.indisvalid
                      and a.attname = ${model.balances.owner}) as unique,
           array(select t.tgname::text from pg_trigger as t
                  where t.tgrelid = c.oid and not t.tgisinternal and t.tgenabled <> 'D' and t.tgtype & 16 > 0
                    and t.tgattr = '' and t.tgname not like 'creditshift%') as triggers
      from pg_class as c where c.oid = ${model.balances.table.toString()}::regclass`;
  if (!row) return [];
  const found: Obstacle[] = [];
  const table = model.balances.table.toString();
  if (row.slots < 100)
    found.push({
      code: 'COLUMN_SLOTS',
      message: `${table} has ${row.slots} of 1600 column slots left; rewrite the table first`,
    });
  if (row.forced)
    found.push({
      code: 'FORCED_ROW_SECURITY',
      message: `${table} forces row security on its owner, as whom the functions run`,
    });
  if (!row.unique)
    found.push({
      code: 'OWNER_NOT_UNIQUE',
      message: `${table}.${model.balances.owner} has no unique index: an organization could have two balances`,
    });
  if (row.partitioned)
    found.push({ code: 'PARTITIONED', message: `${table} is partitioned, which this version does not migrate` });
  for (const trigger of row.triggers) {
    found.push({
      code: 'USER_TRIGGER',
      message: `trigger ${trigger} fires on every update of ${table}, so also on charges; restrict it with UPDATE OF, or disable it`,
    });
  }
  return found;
}

/** A cost with a fraction cannot be settled into a balance of whole credits without a loss or a gift. */
async function fractions(sql: Queryable, { actions, balances, catalogue }: Model): Promise<Obstacle[]> {
  const cost = quoteIdentifier(actions.cost);
  const rows = (await stands(sql, actions.table))
    ? await sql.unsafe<{ action: string }[]>(
        `select ${quoteIdentifier(actions.action)} as action from ${actions.table} where ${cost} <> trunc(${cost}::numeric) order by 1 limit 20`,
      )
    : catalogue.filter(({ legacyCost }) => !Number.isInteger(legacyCost));
  return rows.map(({ action }) => ({
    code: 'COST_FRACTION',
    message: `${action} costs a fraction of a legacy credit, and ${balances.balanceName} holds whole ones only`,
  }));
}

async function missingRoles(sql: Queryable, { functions }: Config): Promise<Obstacle[]> {
  const rows = await sql<{ role: string }[]>`
    select distinct role from unnest(${[...functions.execute, ...functions.actForAll]}::text[]) as role
     where not exists (select from pg_roles where rolname = role) order by role`;
  return rows.map(({ role }) => ({
    code: 'ROLE_MISSING',
    message: `there is no role ${role}; functions.execute or functions.actForAll names it`,
  }));
}

/** consume_specific_credits charges without an action and logs `POOL_consumption`: a foreign key to the price list wants a row. */
async function unloggable(sql: Queryable, model: Model): Promise<Obstacle[]> {
  const { actions, log, pools } = model;
  if (log.made || actions.made) return [];
  const rows = await sql.unsafe<{ name: string; missing: string[] }[]>(
    `select k.conname as name,
            array(select n from unnest($3::text[]) with ordinality as named(n, position)
                   where not exists (select from ${actions.table} as a where a.${quoteIdentifier(actions.action)}::text = n)
                   order by position) as missing
       from pg_constraint as k
       join pg_attribute as c on c.attrelid = k.conrelid and c.attnum = any (k.conkey)
      where k.contype = 'f' and k.conrelid = $1::regclass and k.confrelid = $2::regclass and c.attname = $4`,
    [log.table.toString(), actions.table.toString(), pools.map(p => `${p.name}_consumption`), log.action],
  );
  return rows
    .filter(row => row.missing.length > 0)
    .map(({ name, missing }) => ({
      code: 'LOG_FOREIGN_KEY',
      message: `${name} of ${log.table} lets only actions of the price list be logged; add ${missing.join(', ')} to it, which consume_specific_credits logs`,
    }));
}

/** Names that the migration will use and that are taken. */
async function clashes(sql: Queryable, model: Model): Promise<Obstacle[]> {
  const columns = [
    [model.balances.table, ['last_sequence', 'last_updated', ...model.pools.flatMap(p => [p.counter, p.total])]],
    [model.actions.table, model.pools.map(p => p.required)],
    [model.log.table, entryColumns(model)],
  ] as const;
  const found: Obstacle[] = [];
  for (const [table, names] of columns) {
    const rows = await sql<{ name: string }[]>`
      select attname as name from pg_attribute
       where attrelid = to_regclass(${table.toString()}) and attname = any (${names}::text[]) and not attisdropped`;
    found.push(...rows.map(r => taken(`${table} already has a column ${r.name}`)));
  }
  const { consume, legacy } = model.functions;
  const functions = model.internalFunctions.filter(f => f.exposed && (f.name !== consume.name || legacy.length === 0));
  const others = await sql<{ name: string }[]>`
    select p.oid::regprocedure::text as name from pg_proc as p
     where p.pronamespace = ${quoteIdentifier(model.functions.schema)}::regnamespace and p.proname = any (${functions.map(f => f.name)}::text[])
    union all
    select oid::regclass::text from pg_class
     where relnamespace = ${quoteIdentifier(model.functions.schema)}::regnamespace and relname = 'organization_credit_summary'
    union all
    select 'schema ' || nspname from pg_namespace where nspname in ('creditshift', 'creditshift_aside', 'creditshift_shadow')`;
  return [...found, ...others.map(r => taken(`${r.name} is in the way`))];
}

const taken = (message: string): Obstacle => ({ code: 'NAME_TAKEN', message });
