import type { Model } from '../../config/model.ts';
import type { Transaction } from '../../database/connect.ts';
import { type Criterion, judge } from '../criterion.ts';

export const legacyColumns: Criterion = {
  name: 'functions.legacy-columns',
  claim: 'nothing but the legacy function reads or writes the legacy columns: they stand still after the cutover',
  remedy: 'point it at the pools before, or right after, the cutover; policies.lateWrites says what becomes of writes',
  find: async ({ sql, model }) => judge([], [...(await dependents(sql, model)), ...(await sources(sql, model))]),
};

const columnsOf = (model: Model) => model.balances.retired.map(({ column }) => column);

/** Views, policies, triggers and functions with a parsed body, of which the catalog knows the columns. */
async function dependents(sql: Transaction, model: Model): Promise<string[]> {
  const rows = await sql<{ found: string }[]>`
    select format('%s: %s', o.name, string_agg(distinct o.attname::text, ', ')) as found
      from (select case when d.classid = 'pg_rewrite'::regclass
                        then (select pg_describe_object('pg_class'::regclass, r.ev_class, 0) from pg_rewrite as r
                               where r.oid = d.objid and r.ev_class <> a.attrelid)
                        when d.classid = 'pg_trigger'::regclass and exists (select from pg_trigger as t
                               where t.oid = d.objid and (t.tgisinternal or t.tgname like 'creditshift%')) then null
                        else pg_describe_object(d.classid, d.objid, 0) end as name, a.attname
              from pg_attribute as a
              join pg_depend as d on d.refclassid = 'pg_class'::regclass and d.refobjid = a.attrelid and d.refobjsubid = a.attnum
             where a.attrelid = ${model.balances.table.toString()}::regclass and a.attname = any (${columnsOf(model)}::text[])
               and d.classid in ('pg_rewrite'::regclass, 'pg_policy'::regclass, 'pg_trigger'::regclass, 'pg_proc'::regclass)) as o
     where o.name is not null and o.name not like 'view creditshift.%'
     group by o.name order by o.name`;
  return rows.map(row => row.found);
}

/** Functions whose text names the balance table and a legacy column; a body that cannot be read as text is not found. */
async function sources(sql: Transaction, model: Model): Promise<string[]> {
  const word = (name: string) => `\\m${name.replaceAll(/\W/g, '\\$&')}\\M`;
  const table = word(model.balances.table.name);
  const replaced = model.functions.legacy.map(f => `${f.schema}.${f.name}(${f.types})`);
  const rows = await sql<{ found: string }[]>`
    select format('function %s %s: %s', p.oid::regprocedure,
                  case when p.prosrc ~* ${`\\m(update|into)\\s+(only\\s+)?("?\\w+"?\\.)?"?${table}`} then 'writes to the table, and names' else 'reads' end,
                  array_to_string(array(select c from unnest(${columnsOf(model)}::text[]) as c where p.prosrc ~* ('\\m' || regexp_replace(c, '\\W', '\\\\\\&', 'g') || '\\M')), ', ')) as found
      from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace
     where n.nspname not in ('pg_catalog', 'information_schema', 'creditshift', 'creditshift_aside', 'creditshift_shadow')
       and p.prosrc ~* ${table} and p.prosrc ~* ${columnsOf(model).map(word).join('|')}
       and format('%s.%s(%s)', n.nspname, p.proname, array_to_string(p.proargtypes::regtype[], ', ')) <> all (${replaced}::text[])
     order by 1`;
  return rows.map(row => row.found);
}
