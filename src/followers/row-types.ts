import type { Queryable } from '../database/connect.ts';
import type { Added } from './columns.ts';

/** What holds the row type of these tables, and so has their new columns, one fact a line. */
export async function rowTypeLines(sql: Queryable, added: readonly Added[]): Promise<string[]> {
  const rows = await sql<{ line: string }[]>`
    with tables as (
      select c.oid, c.oid::regclass::text as name, c.relname, c.reltype, t.typarray
        from unnest(${added.map(({ table }) => table)}::text[]) as x
        join pg_class as c on c.oid = x::regclass join pg_type as t on t.oid = c.reltype
    )
    select format('function %s answers rows of %s: the new columns are in them', p.oid::regprocedure, t.name) as line
      from tables as t join pg_proc as p on p.prorettype in (t.reltype, t.typarray)
     where p.pronamespace::regnamespace::text !~ '^(pg_|creditshift)'
    union all
    select format('function %s takes a row of %s: who builds one by position lacks the new columns', p.oid::regprocedure, t.name)
      from tables as t join pg_proc as p on p.proargtypes::oid[] && array[t.reltype, t.typarray]
     where p.pronamespace::regnamespace::text !~ '^(pg_|creditshift)'
    union all
    select format('function %s holds a row of %s: a SELECT INTO it that lists columns, or an INSERT of it, meets the new ones', p.oid::regprocedure, t.name)
      from tables as t join pg_proc as p on p.prosrc ~* ('\\m' || t.relname || '"?\\s*%\\s*rowtype')
     where p.pronamespace::regnamespace::text !~ '^(pg_|creditshift)'
    union all
    select distinct format('view %s has whole rows of %s in a column: the new columns are in them', v.oid::regclass, t.name)
      from tables as t
      join pg_depend as d on d.refclassid = 'pg_class'::regclass and d.refobjid = t.oid and d.refobjsubid = 0 and d.classid = 'pg_rewrite'::regclass
      join pg_rewrite as r on r.oid = d.objid
      join pg_class as v on v.oid = r.ev_class and v.relkind in ('v', 'm')
     where exists (select from pg_attribute as a where a.attrelid = v.oid and a.atttypid in (t.reltype, t.typarray) and not a.attisdropped)
     order by 1`;
  return rows.map(({ line }) => line);
}
