import { recordedCatalog } from '../../src/database/catalog.ts';
import type { Sql } from '../../src/database/connect.ts';

/** What a migrated database is, but for balances and times: equal to an undisturbed one if nothing was left over. */
export async function endState(sql: Sql): Promise<object> {
  const tables = await sql`
    select c.relname::text as name, array_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod) order by a.attnum) as columns
      from pg_class as c join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
     where c.relnamespace = to_regnamespace('creditshift') group by 1 order by 1`;
  const functions = await sql`
    select p.oid::regprocedure::text as name, md5(pg_get_functiondef(p.oid)) as body from pg_proc as p
     where p.pronamespace::regnamespace::text like 'creditshift%' order by 1`;
  const history = await sql`select step, checksum from creditshift.history order by 1`;
  const [control] = await sql`select mode from creditshift.control`;
  return {
    catalog: await recordedCatalog(sql),
    tables: [...tables],
    functions: [...functions],
    history: [...history],
    control,
  };
}

/** Organizations that do not have exactly one allocation by the migration. */
export async function notMigratedOnce(sql: Sql): Promise<string[]> {
  const rows = await sql<{ text: string }[]>`
    select format('%s: %s', coalesce(b.organization_id, a.organization), count(a)) as text
      from organization_credits as b
      full join creditshift.allocations as a on a.organization = b.organization_id and a.kind = 'migration'
     where a.kind is null or a.kind = 'migration'
     group by b.organization_id, a.organization having count(a) <> 1 or b.organization_id is null`;
  return rows.map(r => r.text);
}
