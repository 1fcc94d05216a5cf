import type { Queryable } from '../../database/connect.ts';
import type { Violations } from '../check.ts';
import { select } from '../violations.ts';

/** A trigger as it has to be. `fires` is its events in pg_get_triggerdef's words. */
export interface Trigger {
  name: string;
  fires: string;
  calls: string;
  /** ENABLE ALWAYS: it fires for replication roles too. */
  always: boolean;
}

/** Triggers of a table that are missing, other than wanted, or not enabled as they must be. */
export function triggerViolations(sql: Queryable, table: string, wanted: readonly Trigger[]): Promise<Violations> {
  return select(
    sql,
    `select format('%s on %s %s', w.name, $1::text,
              case when t.oid is null then 'is missing'
                   when t.tgenabled = 'D' then 'is disabled'
                   when w.always and t.tgenabled <> 'A' then 'is not enabled always'
                   else 'is ' || pg_get_triggerdef(t.oid) end)
       from jsonb_to_recordset($2::text::jsonb) as w (name text, fires text, calls text, always boolean)
       left join pg_trigger as t on t.tgrelid = $1::text::regclass and t.tgname = w.name
      where (t.tgenabled = any (case when w.always then '{A}' else '{O,A}' end::"char"[])
             and pg_get_triggerdef(t.oid) like format('CREATE TRIGGER %I %s %% EXECUTE FUNCTION %s()', w.name, w.fires, w.calls)) is not true`,
    [table, wanted],
  );
}
