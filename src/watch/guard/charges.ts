import type { Model } from '../../config/model.ts';
import { quoteIdentifier as q } from '../../config/names.ts';
import type { Queryable } from '../../database/connect.ts';

/** What was logged in the window: charges, refusals for want of credits, and charges given back. */
export interface Charges {
  charges: number;
  refusals: number;
  reversals: number;
}

/**
 * Counts what was logged in the last `seconds`, at most since the cutover.
 * An index of the log on its time makes that a read of the window alone.
 */
export async function countCharges(sql: Queryable, { log }: Model, seconds: number): Promise<Charges> {
  const [row] = await sql.unsafe<Charges[]>(
    `select count(*) filter (where l.success and l.quantity > 0)::integer as charges, count(*) filter (where not l.success)::integer as refusals,
            count(*) filter (where l.success and l.quantity < 0)::integer as reversals
       from ${log.table} as l
      where l.success is not null
        and l.${q(log.at)} >= greatest(now() - make_interval(secs => $1), (select h.finished_at from creditshift.history as h where h.step = '090_cutover'))`,
    [seconds],
  );
  if (!row) throw new Error('an aggregate answered nothing');
  return row;
}
