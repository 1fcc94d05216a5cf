import type { Model } from '../config/model.ts';
import { quoteIdentifier as q, quoteLiteral } from '../config/names.ts';

/**
 * A select of one `facts`, a jsonb: how many openings there are, for how many entries they stand, and what these come to in
 * legacy credits and in each pool. Retention journals it, and a check compares it.
 */
export const openingsFactsSql = ({ pools }: Model): string => `
  select jsonb_build_object('openings', count(*), 'entries', coalesce(sum(a.sequence - a.first_sequence + 1), 0),
                            'legacy', coalesce(sum(a.legacy_delta), 0)) ||
         jsonb_build_object(${pools.map(({ name, allocation: a }) => `${quoteLiteral(`pool ${name}`)}, coalesce(sum(a.${q(a.granted)} - a.${q(a.forfeited)}), 0)`).join(', ')}) as facts
    from creditshift.allocations as a where a.kind = 'opening'`;

/** A select of the last `event` and `facts` that retention journalled; no row where there was none. */
export const RETENTION = `
  select j.event, j.data -> 'standing' as facts from creditshift.journal as j
   where j.event in ('retention begun', 'retention') order by j.position desc limit 1`;
