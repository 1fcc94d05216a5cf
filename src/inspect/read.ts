import { priceList } from '../allocation/conflicts/actions.ts';
import { conflicts } from '../allocation/conflicts.ts';
import type { Model } from '../config/model.ts';
import { parseQualified } from '../config/names.ts';
import type { Config } from '../config/schema.ts';
import type { Queryable } from '../database/connect.ts';
import { readIndexes } from '../database/indexes.ts';
import { standing } from '../database/standing.ts';
import { personalColumns } from '../privacy/columns.ts';
import { readPolicies, readPrivileges, readRowSecurity } from './access.ts';
import { readDisagreement, readInventory, readOddities } from './balances.ts';
import { readFunctions } from './functions.ts';
import { readColumns, readConstraints, readTriggers } from './tables.ts';

export type Inspection = Awaited<ReturnType<typeof readInspection>>;

/** Everything a migration will meet, as it is in one snapshot; before a migration or after it. */
export async function readInspection(tx: Queryable, config: Config, model: Model) {
  const credit = [model.balances.table, model.actions.table, model.log.table];
  const tables = await standing(tx, credit);
  const names = await standing(tx, [...credit, model.tenants.table]);
  const consume = parseQualified(config.functions.consume.name);
  return {
    columns: await readColumns(tx, tables),
    constraints: await readConstraints(tx, names),
    indexes: await readIndexes(tx, tables),
    triggers: await readTriggers(tx, names),
    rowSecurity: await readRowSecurity(tx, names),
    personal: await personalColumns(tx, config),
    policies: await readPolicies(tx, names),
    privileges: await readPrivileges(tx, tables),
    functions: await readFunctions(tx, credit, consume),
    balances: await readBalances(tx, config, model),
    actions: await compareActions(tx, config, model),
    conflicts: await conflicts(tx, config, model),
  };
}

/** Undefined once the legacy columns are dropped. */
async function readBalances(tx: Queryable, config: Config, model: Model) {
  if (model.legacyColumns === 'dropped') return undefined;
  const { retired, balanceName } = model.balances;
  const disagreements = [];
  for (const other of config.balances.legacy.others) {
    // The contract step retires legacy columns by renaming them.
    const now = model.legacyColumns === 'retired' ? retired.find(r => r.column === other)?.retired : other;
    disagreements.push(await readDisagreement(tx, model, now ?? other));
  }
  return {
    column: balanceName,
    ...(await readInventory(tx, model)),
    oddities: await readOddities(tx, model),
    disagreements,
  };
}

/** Price list against catalogue: what only one of them has. */
async function compareActions(tx: Queryable, config: Config, model: Model) {
  const priced = (await priceList({ tx, model })).map(row => row.action);
  const catalogued = Object.keys(config.catalogue);
  return {
    priced: priced.length,
    notInCatalogue: priced.filter(action => !catalogued.includes(action)),
    // A price list that the toolkit makes is made from the catalogue.
    notInPriceList: model.actions.made ? [] : catalogued.filter(action => !priced.includes(action)),
  };
}
