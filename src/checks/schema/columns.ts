import type { Queryable } from '../../database/connect.ts';
import type { Violations } from '../check.ts';
import { select } from '../violations.ts';

export interface Column {
  name: string;
  type: string;
  /** Not null and 0 by default. */
  counts?: boolean;
}

/** Columns that are missing, or of another type, nullability or default than wanted. */
export function columnViolations(sql: Queryable, wanted: readonly (Column & { table: string })[]): Promise<Violations> {
  return select(
    sql,
    `select format('%s.%I is %s, not %s', w."table", w.name,
              coalesce(concat_ws(' ', a.found, case when a.attnotnull then 'not null' end, 'default ' || a.fallback), 'missing'),
              concat_ws(' ', w.type, case when w.counts then 'not null default 0' end))
       from jsonb_to_recordset($1::text::jsonb) as w ("table" text, name text, type text, counts boolean)
       left join lateral (
         select format_type(a.atttypid, a.atttypmod) as found, a.attnotnull, pg_get_expr(d.adbin, d.adrelid) as fallback
           from pg_attribute as a
           left join pg_attrdef as d on d.adrelid = a.attrelid and d.adnum = a.attnum
          where a.attrelid = to_regclass(w."table") and a.attname = w.name and not a.attisdropped
       ) as a on true
      where a.found is distinct from w.type
         or coalesce(w.counts, false) and (not a.attnotnull or coalesce(a.fallback, '') !~ '^''?0')`,
    [wanted],
  );
}
