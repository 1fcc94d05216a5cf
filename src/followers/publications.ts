import type { Queryable } from '../database/connect.ts';
import type { Added } from './columns.ts';

interface Published {
  publication: string;
  table: string;
  /** Columns of its list; null where it sends every column. */
  listed: string[] | null;
  /** FOR ALL TABLES. */
  all: boolean;
}

/** What replicates these tables, and what their new columns do to it, one fact a line. */
export async function publicationLines(sql: Queryable, added: readonly Added[]): Promise<string[]> {
  const tables = added.map(({ table }) => table);
  const published = await sql<Published[]>`
    select p.pubname as publication, t as "table", p.puballtables as all,
           (select array_agg(a.attname::text order by a.attnum) from pg_publication_rel as r
              join pg_attribute as a on a.attrelid = r.prrelid and a.attnum = any (r.prattrs)
             where r.prpubid = p.oid and r.prrelid = c.oid) as listed
      from pg_publication as p
      cross join unnest(${tables}::text[]) as t
      join pg_class as c on c.oid = t::regclass
      join pg_namespace as n on n.oid = c.relnamespace
      join pg_publication_tables as x on x.pubname = p.pubname and x.schemaname = n.nspname and x.tablename = c.relname
     order by p.pubname, array_position(${tables}::text[], t)`;
  const whole = [...new Set(published.filter(p => p.all).map(p => p.publication))];
  return [
    ...published.map(row => lineOf(row, added.find(({ table }) => table === row.table) as Added)),
    ...whole.map(
      name =>
        `publication ${name} is for all tables, schema creditshift too: the subscriber needs that schema before the next step, by pg_dump --schema-only --schema=creditshift after migrate --to control`,
    ),
    ...(await slotLines(sql)),
    ...(await subscriptionLines(sql, tables)),
  ];
}

function lineOf({ publication, table, listed }: Published, { clauses, names }: Added): string {
  const add = `alter table ${table} ${clauses.join(', ')}`;
  return listed
    ? `publication ${publication} sends ${listed.length} columns of ${table} and none of the new ones: its subscribers go on and see no pool. For that, there ${add}; here alter publication ${publication} with ${names.join(', ')} in the list`
    : `publication ${publication} sends every column of ${table}, the new ones too: a subscriber that lacks them stops applying at the next change. Before migrate, there: ${add}`;
}

/** Who decodes this database's WAL: a slot does not say which publication it asks for. */
async function slotLines(sql: Queryable): Promise<string[]> {
  const slots = await sql<{ slot: string }[]>`
    select format('logical slot %s (%s, %s)%s', s.slot_name, s.plugin, case when s.active then 'active' else 'inactive' end,
                  ': ' || nullif(r.application_name, '')) as slot
      from pg_replication_slots as s left join pg_stat_replication as r on r.pid = s.active_pid
     where s.slot_type = 'logical' and s.database = current_database() order by s.slot_name`;
  return slots.map(
    ({ slot }) => `${slot} follows this database: its reader meets the new columns; look whether it knows what to do`,
  );
}

/** Rows of a credit table that another server writes here. */
async function subscriptionLines(sql: Queryable, tables: readonly string[]): Promise<string[]> {
  const rows = await sql<{ name: string; table: string }[]>`
    select s.subname as name, t as "table" from unnest(${tables}::text[]) as t
      join pg_subscription_rel as r on r.srrelid = t::regclass join pg_subscription as s on s.oid = r.srsubid
     order by 1, 2`;
  return rows.map(
    ({ name, table }) =>
      `subscription ${name} writes ${table} here: what another server charges comes past the new functions; migrate that one, and this as its subscriber`,
  );
}
