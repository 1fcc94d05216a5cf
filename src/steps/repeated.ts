import type { Model } from '../config/model.ts';
import { type Qualified, quoteIdentifier as q } from '../config/names.ts';
import type { Queryable } from '../database/connect.ts';
import { stands } from '../database/standing.ts';
import type { Obstacle, ObstacleCode } from './obstacle.ts';

/** Actions with two prices, organizations with two rows and owners with two balances, where no unique index rules them out. */
export async function repeated(sql: Queryable, { actions, tenants, balances }: Model): Promise<Obstacle[]> {
  return [
    ...(await repetitions(sql, 'ACTION_REPEATED', actions.table, actions.action, 'which price counts is chance')),
    ...(await repetitions(sql, 'TENANT_REPEATED', tenants.table, tenants.key, 'one balance would be counted for each')),
    ...(await repetitions(
      sql,
      'OWNER_REPEATED',
      balances.table,
      balances.owner,
      'which of its balances counts is chance',
    )),
  ];
}

/** Values that a message lists. */
const LISTED = 20;

async function repetitions(
  sql: Queryable,
  code: ObstacleCode,
  table: Qualified,
  column: string,
  effect: string,
): Promise<Obstacle[]> {
  if (!(await stands(sql, table))) return [];
  const [index] = await sql<{ unique: boolean }[]>`
    select exists (
      select from pg_index as i join pg_attribute as a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
       where i.indrelid = ${String(table)}::regclass and i.indisunique and i.indisvalid and i.indnkeyatts = 1
         and i.indpred is null and a.attname = ${column}) as unique`;
  if (index?.unique) return [];
  const [row, ...further] = await sql.unsafe<{ value: string; count: number }[]>(
    `select r.value, count(*) over ()::integer as count
       from (select ${q(column)}::text as value from ${table} where ${q(column)} is not null
              group by ${q(column)} having count(*) > 1) as r
      order by r.value limit ${LISTED}`,
  );
  if (!row) return [];
  const values = [row, ...further].map(({ value }) => value).join(', ');
  const more = row.count > LISTED ? `, and ${row.count - LISTED} more` : '';
  return [{ code, message: `${table} has ${values}${more} more than once; ${effect}` }];
}
