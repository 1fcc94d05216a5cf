import type { Model } from '../config/model.ts';
import { Qualified } from '../config/names.ts';
import type { Config } from '../config/schema.ts';
import { recordedCatalog } from '../database/catalog.ts';
import type { Queryable, Transaction } from '../database/connect.ts';
import type { Facts } from '../database/facts.ts';
import { takeControls } from './controls.ts';
import { type CopyTable, nameOf } from './copy-set.ts';
import type { Notes } from './manifest.ts';
import { readSchema } from './schema/read.ts';

/**
 * What a backup copies: balances, price list and log whole, as far as they are there; of the organizations key and name
 * only (their personal columns stay where they are), and every table of schema creditshift.
 */
async function creditTables(tx: Queryable, model: Model): Promise<CopyTable[]> {
  const { tenants, balances, actions, log } = model;
  const found = await tx<{ schema: string; name: string; columns: string[] }[]>`
    select n.nspname as schema, c.relname as name,
           (select coalesce(json_agg(a.attname order by a.attnum), '[]') from pg_attribute as a
             where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '') as columns
      from pg_class as c
      join pg_namespace as n on n.oid = c.relnamespace
     where c.oid in (select to_regclass(t) from unnest(${[balances, actions, log].map(({ table }) => table.toString())}::text[]) as t)
        or (n.nspname = 'creditshift' and c.relkind in ('r', 'p') and not c.relispartition)
     order by n.nspname = 'creditshift', c.relname`;
  const whole = found.map(({ schema, name, columns }) => copyTable(new Qualified(schema, name), columns));
  if (whole.some(({ table }) => table.toString() === tenants.table.toString())) return whole;
  return [{ ...copyTable(tenants.table, [...new Set([tenants.key, tenants.name])]), partial: true }, ...whole];
}

const copyTable = (table: Qualified, columns: string[]): CopyTable => ({ name: nameOf(table), table, columns });

/** Everything that a backup says and copies, of the snapshot of `tx`. */
export async function contentsOf(tx: Transaction, model: Model, config: Config, facts: Facts) {
  const tables = await creditTables(tx, model);
  const counted = {
    tables,
    balances: { table: model.balances.table.toString(), columns: balanceColumns(model, config) },
    consume: { schema: facts.consume.schema, name: facts.consume.name },
  };
  const controls = await takeControls(tx, counted);
  return { tables, ...(await describe(tx, config, facts)), controls, schema: await readSchema(tx, tables) };
}

/** The legacy columns, and what each pool has. */
function balanceColumns(model: Model, config: Config): string[] {
  const { balance, total, used, others } = config.balances.legacy;
  const legacy = [balance, total, used, ...others].filter(column => column !== undefined);
  return [...legacy, ...model.pools.flatMap(pool => [pool.counter, pool.total])];
}

/** How far the migration has come, what decides what it does, and every definition outside schema creditshift. */
async function describe(tx: Queryable, config: Config, facts: Facts): Promise<Notes> {
  const definitions = await recordedCatalog(tx);
  const [there] = await tx<{ there: boolean }[]>`select to_regclass('creditshift.history') is not null as there`;
  if (!there?.there) return { migration: { started: false, journalHead: null, steps: [] }, config, facts, definitions };
  const history = await tx<{ step: string }[]>`select step from creditshift.history order by step`;
  const [head] = await tx<{ position: number; hash: string }[]>`
    select position, hash from creditshift.journal order by position desc limit 1`;
  const steps = history.map(h => h.step);
  return { migration: { started: steps.length > 0, journalHead: head ?? null, steps }, config, facts, definitions };
}
