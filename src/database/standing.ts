import type { Model } from '../config/model.ts';
import type { Qualified } from '../config/names.ts';
import type { Queryable } from './connect.ts';

/** Those of the tables that are there, in their order: one that the toolkit makes is not before its step, nor after a drop. */
export async function standing(sql: Queryable, tables: readonly Qualified[]): Promise<string[]> {
  const rows = await sql<{ table: string }[]>`
    select t."table" from unnest(${tables.map(String)}::text[]) with ordinality as t ("table", position)
     where to_regclass(t."table") is not null order by t.position`;
  return rows.map(row => row.table);
}

export const stands = async (sql: Queryable, table: Qualified): Promise<boolean> =>
  (await standing(sql, [table])).length > 0;

/** The credit tables that are there: the ones that the migration changes. */
export const creditTables = (sql: Queryable, { balances, actions, log }: Model): Promise<string[]> =>
  standing(sql, [balances.table, actions.table, log.table]);
