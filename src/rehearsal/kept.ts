import type { Model } from '../config/model.ts';
import { quoteIdentifier, quoteLiteral } from '../config/names.ts';
import type { Sql } from '../database/connect.ts';

/** Rows of the tenant's tables that the migration added and a way back leaves, by key. */
export interface Kept {
  actions: string[];
  organizations: string[];
}

/**
 * What a way back leaves on purpose of the rows that the migration added: `disable` all of them, since pools and price
 * list stay; the others those that something came to rest on: an action that the log refers to by a foreign key, a balance
 * row that was used. Read before the way back.
 */
export async function keptRows(sql: Sql, model: Model, all: boolean): Promise<Kept> {
  const { actions, log } = model;
  const referred = `exists (select from pg_constraint as k where k.contype = 'f'
      and k.conrelid = to_regclass(${quoteLiteral(log.table)}) and k.confrelid = to_regclass(${quoteLiteral(actions.table)}))
    and exists (select from ${log.table} as l where l.${quoteIdentifier(log.action)} = n.action)`;
  const used = `exists (select from ${log.table} as l where l.${quoteIdentifier(log.owner)} = n.organization)`;
  const added = await sql.unsafe<{ action: string }[]>(
    `select n.action from creditshift.added_actions as n where $1 or (${referred}) order by 1`,
    [all],
  );
  const created = await sql.unsafe<{ organization: string }[]>(
    `select n.organization::text as organization from creditshift.added_balances as n where $1 or ${used} order by 1`,
    [all],
  );
  return { actions: added.map(a => a.action), organizations: created.map(c => c.organization) };
}
