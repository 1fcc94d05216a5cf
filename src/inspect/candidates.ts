import type { Queryable } from '../database/connect.ts';

/** Lines on what is there that has to do with credits, for a configuration that names something else. */
export async function creditCandidates(tx: Queryable): Promise<string[]> {
  const tables = await tx<{ table: string; columns: string }[]>`
    select format('%I.%I', n.nspname, c.relname) as "table",
           string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod), ', ' order by a.attnum)
             filter (where a.attname ~* 'credit|balance|plan' or a.attname ~* '_id$') as columns
      from pg_class as c
      join pg_namespace as n on n.oid = c.relnamespace
      join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
     where c.relkind in ('r', 'p') and n.nspname !~ '^(pg_|information_schema$|creditshift)'
     group by c.oid, n.nspname, c.relname
    having c.relname ~* 'credit' or bool_or(a.attname ~* 'credit')
     order by 1`;
  const functions = await tx<{ function: string }[]>`
    select format('%I.%I(%s)', n.nspname, p.proname, array_to_string(p.proargtypes::regtype[], ', ')) as function
      from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace
     where p.proname ~* 'credit' and n.nspname !~ '^(pg_|information_schema$|creditshift$)'
     order by 1`;
  if (tables.length + functions.length === 0) return ['there: nothing whose name has to do with credits'];
  return [
    ...tables.map(t => `there: table ${t.table} (${t.columns ?? '…'})`),
    ...functions.map(f => `there: function ${f.function}`),
  ];
}
