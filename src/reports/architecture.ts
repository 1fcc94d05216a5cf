import type { Source } from './source.ts';

/** One of the three tables, as the catalog has it. */
export interface TableRow {
  table: string;
  columns: number;
  constraints: string[];
  indexes: string[];
  triggers: string[];
  /** Not validated, not valid, or switched off. */
  unsound: string[];
}

export async function readTables({ tx, model }: Source): Promise<TableRow[]> {
  const tables = [model.balances.table, model.actions.table, model.log.table].map(String);
  return tx<TableRow[]>`
    with objects as (
      select conrelid as relation, 'constraint' as kind, conname::text as name, convalidated as sound from pg_constraint
      union all
      select i.indrelid, 'index', c.relname, i.indisvalid and i.indisready from pg_index as i join pg_class as c on c.oid = i.indexrelid
      union all
      select tgrelid, 'trigger', tgname, tgenabled <> 'D' from pg_trigger where not tgisinternal
    )
    select format('%I.%I', n.nspname, c.relname) as table,
           (select count(*)::integer from pg_attribute as a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
           coalesce(json_agg(o.name order by o.name) filter (where o.kind = 'constraint'), '[]') as constraints,
           coalesce(json_agg(o.name order by o.name) filter (where o.kind = 'index'), '[]') as indexes,
           coalesce(json_agg(o.name order by o.name) filter (where o.kind = 'trigger'), '[]') as triggers,
           coalesce(json_agg(o.name order by o.name) filter (where not o.sound), '[]') as unsound
      from unnest(${tables}::text[]) with ordinality as t (name, position)
      join pg_class as c on c.oid = t.name::regclass
      join pg_namespace as n on n.oid = c.relnamespace
      left join objects as o on o.relation = c.oid
     group by t.position, n.nspname, c.relname, c.oid
     order by t.position`;
}

/** A function callers may meet, or the summary view. */
export interface CallableRow {
  object: string;
  kind: 'function' | 'view';
  /** Roles that may use it, apart from its owner: granted, in a schema that is open to them. */
  roles: string[];
  securityDefiner: boolean;
}

/** The functions and the view that the cutover lets callers use, and the legacy function set aside. */
export async function readCallables({ tx, model }: Source): Promise<CallableRow[]> {
  const names = model.internalFunctions.filter(f => f.exposed).map(f => f.name);
  const schemas = [model.functions.schema, 'creditshift', 'creditshift_aside'];
  return tx<CallableRow[]>`
    with callables as (
      select n.nspname, n.nspacl, n.nspowner, format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)) as object,
             'function' as kind, p.prosecdef as definer, p.proowner as owner, coalesce(p.proacl, acldefault('f', p.proowner)) as acl
        from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace
       where n.nspname = any (${schemas}::text[]) and p.proname = any (${names}::text[])
      union all
      select n.nspname, n.nspacl, n.nspowner, format('%I.%I', n.nspname, c.relname), 'view', false, c.relowner, coalesce(c.relacl, acldefault('r', c.relowner))
        from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
       where n.nspname = any (${schemas}::text[]) and c.relname = 'organization_credit_summary'
    )
    select object, kind, definer as "securityDefiner",
           (select coalesce(json_agg(distinct case a.grantee when 0 then 'PUBLIC' else pg_get_userbyid(a.grantee) end), '[]')
              from aclexplode(acl) as a
             where a.grantee <> owner and a.privilege_type in ('EXECUTE', 'SELECT')
               and exists (select from aclexplode(coalesce(nspacl, acldefault('n', nspowner))) as s
                            where s.grantee <> owner and (s.grantee in (0, a.grantee) or a.grantee = 0))) as roles
      from callables order by nspname = 'creditshift_aside', kind, object`;
}

/** Tables of the toolkit's own schema. */
export async function readOwnTables({ tx }: Source): Promise<string[]> {
  const rows = await tx<{ name: string }[]>`
    select tablename as name from pg_tables where schemaname = 'creditshift' order by 1`;
  return rows.map(row => row.name);
}
