import { withFullNames } from '../../database/catalog.ts';
import type { Queryable } from '../../database/connect.ts';
import { SHOWN, type Violations } from '../check.ts';

/**
 * Runs a select of two columns, a row for each violation: what it is, and whether the database had it before the
 * migration. It may read `recorded`, the catalog of that time; like there, names have their schemas.
 */
export async function selectInherited(
  sql: Queryable,
  text: string,
  parameters: readonly (readonly unknown[] | string)[],
): Promise<Violations> {
  const query = `
    with recorded as (
      select e.kind, e.identity, e.definition
        from creditshift.revisions as r,
             jsonb_to_recordset(r.catalog) as e (kind text, identity text, definition text)
       where r.revision = 1
    )
    select row, inherited, count(*) over ()::integer as count, count(*) filter (where inherited) over ()::integer as old
      from (select v.row, coalesce(v.inherited, false) from (${text}) as v (row, inherited)) as v (row, inherited)
     order by inherited, row limit ${SHOWN}`;
  const rows = await withFullNames(sql, tx =>
    tx.unsafe<{ row: string; inherited: boolean; count: number; old: number }[]>(
      query,
      parameters.map(p => (typeof p === 'string' ? p : JSON.stringify(p))),
    ),
  );
  return {
    count: rows[0]?.count ?? 0,
    inherited: rows[0]?.old ?? 0,
    rows: rows.map(({ row, inherited }) => (inherited ? `${row} (as before the migration)` : row)),
  };
}
