import type { Model } from '../config/model.ts';
import { quoteIdentifier as q } from '../config/names.ts';
import type { Queryable } from '../database/connect.ts';
import { stands } from '../database/standing.ts';

/** What one unit of an action costs: legacy credits, and credits of each pool. */
export interface Price {
  legacy: bigint;
  pools: bigint[];
}

/**
 * The prices that the new function will charge, by action: of the configuration, or those that the price list has. An
 * action of the price list that no pool pays for has a price of zero.
 * @param applied the configuration is in the price list
 */
export async function readPrices(sql: Queryable, model: Model, applied: boolean): Promise<Map<string, Price>> {
  const { table, action, cost } = model.actions;
  const required = applied ? model.pools.map(pool => `${q(pool.required)}::text`) : [];
  const rows = (await stands(sql, table))
    ? await sql.unsafe<{ action: string; legacy: string; pools: string[] }[]>(
        `select ${q(action)}::text as action, trunc(coalesce(${q(cost)}, 0))::text as legacy,
                json_build_array(${required.join(', ')}) as pools
           from ${table} where ${q(action)} is not null`,
      )
    : [];
  const catalogued = new Map(model.catalogue.map(entry => [entry.action, entry]));
  const prices = new Map<string, Price>();
  for (const row of rows) {
    const planned = model.pools.map((_, i) => catalogued.get(row.action)?.required[i]?.value ?? 0);
    prices.set(row.action, { legacy: BigInt(row.legacy), pools: (applied ? row.pools : planned).map(BigInt) });
  }
  // The migration adds what the price list lacks.
  for (const { action, legacyCost, required } of model.catalogue) {
    if (prices.has(action)) continue;
    prices.set(action, { legacy: BigInt(Math.trunc(legacyCost)), pools: required.map(({ value }) => BigInt(value)) });
  }
  return prices;
}
