import type { Model } from '../config/model.ts';
import type { Queryable } from '../database/connect.ts';
import { standing } from '../database/standing.ts';
import type { Obstacle } from './obstacle.ts';

/** What else holds to the shape of the credit tables so firmly that the server refuses a step. */
export const followed = async (sql: Queryable, model: Model): Promise<Obstacle[]> => [
  ...(await storedRows(sql, model)),
  ...(await withoutIdentity(sql, model)),
];

/** No column with a default is added to a table whose row type is the type of a stored column. */
async function storedRows(sql: Queryable, { balances, actions, log }: Model): Promise<Obstacle[]> {
  const tables = await standing(sql, [balances.table, actions.table, log.table]);
  const rows = await sql<{ column: string; table: string }[]>`
    select format('%s.%I', a.attrelid::regclass, a.attname) as column, t as "table"
      from unnest(${tables}::text[]) as t
      join pg_class as c on c.oid = t::regclass join pg_type as y on y.oid = c.reltype
      join pg_attribute as a on a.atttypid in (c.reltype, y.typarray) and not a.attisdropped
      join pg_class as h on h.oid = a.attrelid and h.relkind in ('r', 'm', 'p', 'f')
     order by 1`;
  return rows.map(({ column, table }) => ({
    code: 'ROW_TYPE_STORED',
    message: `${column} stores rows of ${table}, which PostgreSQL adds no column with a default to then; store their columns, or json`,
  }));
}

/** A published table without a replica identity takes no UPDATE: of the price list the migration's own. */
async function withoutIdentity(sql: Queryable, { balances, actions }: Model): Promise<Obstacle[]> {
  const tables = await standing(sql, [balances.table, actions.table]);
  const rows = await sql<{ table: string; publications: string }[]>`
    select t as "table", string_agg(p.pubname, ', ' order by p.pubname) as publications
      from unnest(${tables}::text[]) as t
      join pg_class as c on c.oid = t::regclass join pg_namespace as n on n.oid = c.relnamespace
      join pg_publication_tables as x on x.schemaname = n.nspname and x.tablename = c.relname
      join pg_publication as p on p.pubname = x.pubname and p.pubupdate
     where c.relreplident <> 'f' and not exists (
             select from pg_index as i where i.indrelid = c.oid
                and case c.relreplident when 'i' then i.indisreplident when 'd' then i.indisprimary end)
     group by t order by t`;
  return rows.map(({ table, publications }) => ({
    code: 'REPLICA_IDENTITY',
    message: `${table} has no replica identity, and ${publications} publishes its updates: the server refuses each; give it a primary key, or ALTER TABLE … REPLICA IDENTITY FULL`,
  }));
}
