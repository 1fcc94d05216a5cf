import type { PendingQuery, Row } from 'postgres';
import type { Queryable, Sql } from './connect.ts';

type Fragment = PendingQuery<Row[]>;

/** One object of the catalog by identity; equal lists mean equal databases. */
export interface CatalogEntry {
  kind: string;
  identity: string;
  definition: string;
}

/**
 * The catalog of everything outside the toolkit's own schemas, by identity: columns in order, constraints, indexes,
 * triggers, policies, options, owners, comments, publications, definitions and effective privileges. OIDs, gaps in
 * attribute numbers, file nodes and statistics are left out, and every name has its schema: a copy of the database on
 * another server, or another search_path, has the same catalog.
 */
export async function recordedCatalog(sql: Queryable): Promise<CatalogEntry[]> {
  if (isPool(sql)) return (await sql.begin(tx => recordedCatalog(tx))) as CatalogEntry[];
  return withFullNames(sql, readCatalog);
}

/** Runs `read` in the transaction `tx` where every name is written with its schema, whatever the search_path. */
export async function withFullNames<T>(tx: Queryable, read: (tx: Queryable) => Promise<T>): Promise<T> {
  const [path] = await tx<{ own: string }[]>`select current_setting('search_path') as own`;
  await tx`set local search_path = pg_catalog`;
  const result = await read(tx);
  await tx`select set_config('search_path', ${path?.own ?? ''}, true)`;
  return result;
}

const isPool = (sql: Queryable): sql is Sql => 'begin' in sql;

async function readCatalog(sql: Queryable): Promise<CatalogEntry[]> {
  const rows = await sql<CatalogEntry[]>`
    with namespaces as (
      select oid, nspname, nspowner, nspacl from pg_namespace
       where nspname !~ '^(pg_|information_schema$|creditshift)'
    ), relations as (
      select c.*, format('%I.%I', n.nspname, c.relname) as identity
        from pg_class as c join namespaces as n on n.oid = c.relnamespace
    ), entries as (
      select 'schema' as kind, n.nspname::text as identity,
             concat_ws(' ', pg_get_userbyid(n.nspowner), (select string_agg(a.text, ',' order by a.text)
               from ${privileges(sql, sql`coalesce(n.nspacl, acldefault('n', n.nspowner))`)} as a)) as definition
        from namespaces as n
      union all
      select 'relation', r.identity, concat_ws(' ', r.relkind, pg_get_userbyid(r.relowner), r.relrowsecurity,
               r.relforcerowsecurity, r.relreplident, array_to_string(r.reloptions, ','), r.relpersistence,
               (select string_agg(a.text, ',' order by a.text)
                  from ${privileges(sql, sql`coalesce(r.relacl, acldefault(case r.relkind when 'S' then 's'::"char" else 'r' end, r.relowner))`)} as a),
               obj_description(r.oid, 'pg_class'))
        from relations as r where r.relkind in ('r', 'p', 'v', 'm', 'S', 'f')
      union all
      select 'column', format('%s.%s %s', r.identity, row_number() over (partition by r.oid order by a.attnum), a.attname),
             concat_ws(' ', format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated,
               pg_get_expr(d.adbin, d.adrelid),
               (select string_agg(p.text, ',' order by p.text) from ${privileges(sql, sql`a.attacl`)} as p), a.attstattarget, a.attoptions::text, a.attcollation::regcollation,
               col_description(r.oid, a.attnum))
        from relations as r
        join pg_attribute as a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
        left join pg_attrdef as d on d.adrelid = r.oid and d.adnum = a.attnum
       where r.relkind in ('r', 'p', 'v', 'm', 'f')
      union all
      select 'constraint', format('%s %s', coalesce(r.identity, k.contypid::regtype::text), k.conname),
             concat_ws(' ', pg_get_constraintdef(k.oid), k.convalidated, obj_description(k.oid, 'pg_constraint'))
        from pg_constraint as k join namespaces as n on n.oid = k.connamespace left join relations as r on r.oid = k.conrelid
      union all
      select 'index', i.indexrelid::regclass::text,
             concat_ws(' ', pg_get_indexdef(i.indexrelid), i.indisvalid, i.indisclustered, i.indisreplident)
        from pg_index as i join relations as r on r.oid = i.indrelid
      union all
      select 'trigger', format('%s %s', r.identity, t.tgname), concat_ws(' ', pg_get_triggerdef(t.oid), t.tgenabled)
        from pg_trigger as t join relations as r on r.oid = t.tgrelid where not t.tgisinternal
      union all
      select 'policy', format('%s %s', r.identity, p.polname),
             concat_ws(' ', p.polcmd, p.polpermissive,
               (select string_agg(role, ',' order by role collate "C")
                  from (select case oid when 0 then 'public' else pg_get_userbyid(oid) end as role from unnest(p.polroles) as oid) as r),
               pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))
        from pg_policy as p join relations as r on r.oid = p.polrelid
      union all
      select 'view', r.identity, pg_get_viewdef(r.oid) from relations as r where r.relkind in ('v', 'm')
      union all
      select 'function', p.oid::regprocedure::text,
             concat_ws(' ', case when p.prokind in ('f', 'p') then pg_get_functiondef(p.oid) end, pg_get_userbyid(p.proowner),
               (select string_agg(a.text, ',' order by a.text) from ${privileges(sql, sql`coalesce(p.proacl, acldefault('f', p.proowner))`)} as a),
               obj_description(p.oid, 'pg_proc'))
        from pg_proc as p join namespaces as n on n.oid = p.pronamespace
      union all
      select 'type', t.oid::regtype::text, concat_ws(' ', t.typtype, pg_get_userbyid(t.typowner), t.typacl::text,
               (select string_agg(e.enumlabel, ',' order by e.enumsortorder) from pg_enum as e where e.enumtypid = t.oid))
        from pg_type as t join namespaces as n on n.oid = t.typnamespace where t.typtype in ('e', 'd')
      union all
      select 'publication', format('%s %s', p.pubname, pr.prrelid::regclass),
             concat_ws(' ', pr.prattrs::text, pg_get_expr(pr.prqual, pr.prrelid))
        from pg_publication_rel as pr join pg_publication as p on p.oid = pr.prpubid
    )
    select kind, identity, definition from entries order by kind, identity, definition`;
  return [...rows];
}

/** The privileges of an ACL as lines that name roles: their numbers differ from server to server. */
const privileges = (sql: Queryable, acl: Fragment) => sql`
  (select concat_ws(' ', grantee::regrole, privilege_type, is_grantable, grantor::regrole) collate "C" as text from aclexplode(${acl}))`;

/** Lines `+ kind identity` / `- kind identity` / `~ kind identity`; empty when equal. */
export function catalogDifference(before: readonly CatalogEntry[], after: readonly CatalogEntry[]): string[] {
  const index = (entries: readonly CatalogEntry[]) =>
    new Map(entries.map(e => [`${e.kind} ${e.identity}`, e.definition]));
  const [was, is] = [index(before), index(after)];
  return [
    ...[...was.keys()].filter(key => !is.has(key)).map(key => `- ${key}`),
    ...[...is.keys()].filter(key => !was.has(key)).map(key => `+ ${key}`),
    ...[...was].filter(([key, value]) => is.has(key) && is.get(key) !== value).map(([key]) => `~ ${key}`),
  ];
}
