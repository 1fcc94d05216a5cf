import type { Model } from '../config/model.ts';
import { Qualified } from '../config/names.ts';
import type { Config } from '../config/schema.ts';
import { recordedCatalog } from '../database/catalog.ts';
import type { Queryable } from '../database/connect.ts';
import type { Facts } from '../database/facts.ts';
import { type CopyTable, nameOf } from './copy-set.ts';
import type { Notes } from './manifest.ts';

/**
 * What a backup copies: balances, price list and log whole, of the organizations key and name only (their personal
 * columns stay where they are), and every table of schema creditshift.
 */
export async function creditTables(tx: Queryable, model: Model): Promise<CopyTable[]> {
  const { tenants, balances, actions, log } = model;
  const found = await tx<{ schema: string; name: string; columns: string[] }[]>`
    select n.nspname as schema, c.relname as name,
           (select coalesce(json_agg(a.attname order by a.attnum), '[]') from pg_attribute as a
             where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '') as columns
      from pg_class as c
      join pg_namespace as n on n.oid = c.relnamespace
     where c.oid in (${balances.table.toString()}::regclass, ${actions.table.toString()}::regclass, ${log.table.toString()}::regclass)
        or (n.nspname = 'creditshift' and c.relkind in ('r', 'p') and not c.relispartition)
     order by n.nspname = 'creditshift', c.relname`;
  const whole = found.map(({ schema, name, columns }) => copyTable(new Qualified(schema, name), columns));
  if (whole.some(({ table }) => table.toString() === tenants.table.toString())) return whole;
  return [copyTable(tenants.table, [...new Set([tenants.key, tenants.name])]), ...whole];
}

const copyTable = (table: Qualified, columns: string[]): CopyTable => ({ name: nameOf(table), table, columns });

/** How far the migration has come, what decides what it does, and every definition outside schema creditshift. */
export async function describe(tx: Queryable, config: Config, facts: Facts): Promise<Notes> {
  const definitions = await recordedCatalog(tx);
  const [there] = await tx<{ there: boolean }[]>`select to_regclass('creditshift.history') is not null as there`;
  if (!there?.there) return { migration: { started: false, journalHead: null, steps: [] }, config, facts, definitions };
  const history = await tx<{ step: string }[]>`select step from creditshift.history order by step`;
  const [head] = await tx<{ position: number; hash: string }[]>`
    select position, hash from creditshift.journal order by position desc limit 1`;
  const steps = history.map(h => h.step);
  return { migration: { started: steps.length > 0, journalHead: head ?? null, steps }, config, facts, definitions };
}
