import { standing } from '../../database/standing.ts';
import type { Check } from '../check.ts';
import { MIGRATED } from '../state.ts';
import { listed, notJudged } from '../violations.ts';

/** Dead rows that need no thought. */
const FEW = 50_000;
/** Share of the live ones; autovacuum begins at 0.2, unless told otherwise. */
const SHARE = 0.4;

export const bloat: Check = {
  name: 'performance.bloat',
  claim: 'autovacuum is on for balances and log, and keeps up: fewer dead rows than two fifths of the live ones',
  why: 'dead rows slow every charge down, little by little',
  remedy: 'VACUUM (ANALYZE) now; ALTER TABLE … RESET (autovacuum_enabled), or a smaller autovacuum_vacuum_scale_factor',
  severity: 'warning',
  states: MIGRATED,
  async find({ sql, model }) {
    const tables = await standing(sql, [model.balances.table, model.log.table]);
    const rows = await sql<
      { table: string; counted: boolean; off: boolean; dead: number; live: number; last: string }[]
    >`
      select c.oid::regclass::text as "table", current_setting('track_counts')::boolean as counted,
             not current_setting('autovacuum')::boolean
             or 'autovacuum_enabled=false' = any (c.reloptions) is true as off,
             pg_stat_get_dead_tuples(c.oid)::bigint as dead, pg_stat_get_live_tuples(c.oid)::bigint as live,
             coalesce(to_char(greatest(s.last_autovacuum, s.last_vacuum), 'YYYY-MM-DD"T"HH24:MI:SSTZH:TZM'), 'never') as last
        from pg_class as c left join pg_stat_all_tables as s on s.relid = c.oid
       where c.oid = any (${tables}::text[]::regclass[])`;
    if (!rows[0]?.counted)
      return notJudged('track_counts is off, the server counts nothing, and autovacuum does not run');
    return listed([
      ...rows.filter(row => row.off).map(({ table }) => `autovacuum is off for ${table}`),
      ...rows
        .filter(({ dead, live }) => dead >= FEW && dead > SHARE * live)
        .map(({ table, dead, live, last }) => `${table} has ${dead} dead rows beside ${live}; last vacuumed: ${last}`),
    ]);
  },
};
