import type { Check } from '../check.ts';
import { listed, notJudged } from '../violations.ts';
import { updatesSinceCutover } from './updates.ts';

/** Days after which an index that nothing used is one that nothing uses. */
const DAYS = 7;

export const unusedIndexes: Check = {
  name: 'performance.unused-indexes',
  claim: `every index on the credit tables that keeps nothing unique was used, once the cutover is ${DAYS} days old`,
  why: 'every charge pays for each index',
  remedy: 'DROP INDEX CONCURRENTLY, unless a standby or a yearly report uses it: every write pays for it',
  severity: 'warning',
  states: ['cut over', 'contracted'],
  async find({ sql, model }) {
    const since = await updatesSinceCutover(sql, model);
    if (typeof since === 'string') return notJudged(since);
    const [cutover] = await sql<{ days: number }[]>`
      select floor(extract(epoch from now() - finished_at) / 86400)::integer as days
        from creditshift.history where step = '090_cutover'`;
    if (!cutover || cutover.days < DAYS)
      return notJudged(`the cutover is ${cutover?.days ?? 0} days old; from ${DAYS} on`);
    const tables = [model.balances, model.actions, model.log].map(({ table }) => table.toString());
    const unused = await sql<{ row: string }[]>`
      select format('%s on %s, %s: not used since the cutover', i.indexrelid::regclass, i.indrelid::regclass,
                    pg_size_pretty(pg_relation_size(i.indexrelid))) as row
        from pg_index as i
       where i.indrelid = any (${tables}::text[]::regclass[]) and i.indisvalid and not i.indisunique
         and not i.indisexclusion and pg_stat_get_numscans(i.indexrelid) = 0
       order by 1`;
    return listed(unused.map(({ row }) => row));
  },
};
