import { quoteIdentifier as q } from '../config/names.ts';
import { SHOWN } from './organizations.ts';
import type { PerPool, Source } from './source.ts';

/** One logged call: a charge, its reversal (with negative amounts), or a refusal for want of credits. */
export interface Entry {
  at: string;
  organization: string;
  action: string | null;
  quantity: string;
  success: boolean;
  outcome: string | null;
  consumed: PerPool;
  after: PerPool;
  /** Pools the price list charges for the action today. */
  priced: boolean[];
}

/** The calls of the last `seconds`, newest first, at most SHOWN of them. */
export const readRecent = (source: Source, seconds: number): Promise<Entry[]> =>
  source.tx.unsafe<Entry[]>(entriesSql(source, 'desc'), [SHOWN, seconds]);

/** The first calls the new functions answered, oldest first, at most SHOWN of them. */
export const readFirst = (source: Source): Promise<Entry[]> =>
  source.tx.unsafe<Entry[]>(entriesSql(source, 'asc'), [SHOWN, null]);

export interface Activity {
  charges: number;
  refusals: number;
  reversals: number;
  topUps: number;
  /** Cycles begun. */
  resets: number;
  /** Charges and reversals that retention took out of the log. */
  archived: number;
  /** Less what was given back; archived ones count too. */
  consumed: PerPool;
}

/** Counts and sums of the last `seconds`; null means since the first call. */
export async function readActivity({ tx, model }: Source, seconds: number | null): Promise<Activity> {
  const { table, at } = model.log;
  const within = (at: string) => `($1::double precision is null or ${at} >= now() - make_interval(secs => $1))`;
  const allocated = (kind: string) =>
    `(select count(*) from creditshift.allocations as a where a.kind = '${kind}' and a.reference is not null and ${within('a.at')})::integer`;
  const opened = (amount: string) =>
    `(select coalesce(sum(${amount}), 0)::bigint from creditshift.allocations as a where a.kind = 'opening' and ${within('a.at')})`;
  const sums = model.pools.map(
    ({ consumed, allocation: a }) =>
      `(coalesce(sum(l.${q(consumed)}) filter (where l.success), 0) + ${opened(`a.${q(a.forfeited)} - a.${q(a.granted)}`)})::text`,
  );
  const [row] = await tx.unsafe<Activity[]>(
    `select count(*) filter (where l.success and l.quantity > 0)::integer as charges,
            count(*) filter (where not l.success)::integer as refusals,
            count(*) filter (where l.success and l.quantity < 0)::integer as reversals,
            ${opened('a.sequence - a.first_sequence + 1')}::integer as archived,
            ${allocated('top-up')} as "topUps", ${allocated('reset')} as resets, json_build_array(${sums.join(', ')}) as consumed
       from ${table} as l
      where l.success is not null
        and ${within(`l.${q(at)}::timestamptz`)}`,
    [seconds],
  );
  if (!row) throw new Error('an aggregate answered nothing');
  return row;
}

function entriesSql({ model }: Source, order: 'asc' | 'desc'): string {
  const { log, tenants, actions } = model;
  const list = (entry: (pool: (typeof model.pools)[number]) => string) =>
    `json_build_array(${model.pools.map(entry).join(', ')})`;
  return `
    with l as (
      select l.*, l.${q(log.at)}::timestamptz as creditshift_at from ${log.table} as l
       where l.success is not null
         and ($2::double precision is null or l.${q(log.at)}::timestamptz >= now() - make_interval(secs => $2))
       order by l.${q(log.at)} ${order}, l.sequence ${order} nulls last limit $1
    )
    select to_char(l.creditshift_at, 'YYYY-MM-DD"T"HH24:MI:SSTZH:TZM') as at,
           coalesce(o.${q(tenants.name)}::text, l.${q(log.owner)}::text) as organization,
           l.${q(log.action)}::text as action, l.quantity::text as quantity, l.success, l.${q(log.outcome)}::text as outcome,
           ${list(pool => `l.${q(pool.consumed)}::text`)} as consumed,
           ${list(pool => `l.${q(pool.after)}::text`)} as after,
           ${list(pool => `coalesce(a.${q(pool.required)}, 0) > 0`)} as priced
      from l
      left join ${tenants.table} as o on o.${q(tenants.key)} = l.${q(log.owner)}
      left join ${actions.table} as a on a.${q(actions.action)} = l.${q(log.action)}
     order by l.creditshift_at ${order}, l.sequence ${order} nulls last`;
}
