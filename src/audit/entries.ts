import type { Model } from '../config/model.ts';
import { quoteIdentifier as q, quoteLiteral } from '../config/names.ts';

/** Which entries: of one organization, from a moment on, before another; null is all. Moments in ISO 8601. */
export interface Selection {
  organization: string | null;
  from: string | null;
  until: string | null;
}

/**
 * A select of every entry: allocations, charges, reversals and refusals, by organization and in the order of its ledger. Per
 * pool what the entry found, changed and left; a refusal has no number and changed nothing.
 */
export function entriesSql({ key, log, pools }: Model, { organization, from, until }: Selection): string {
  const chosen = (owner: string, at: string) =>
    [
      ...(organization === null ? [] : [`${owner} = ${quoteLiteral(organization)}::${key}`]),
      ...(from === null ? [] : [`${at} >= ${quoteLiteral(from)}::timestamptz`]),
      ...(until === null ? [] : [`${at} < ${quoteLiteral(until)}::timestamptz`]),
    ].map(condition => ` and ${condition}`);
  const ofAllocations = pools.map(({ name, allocation }) => {
    const change = `a.${q(allocation.granted)} - a.${q(allocation.forfeited)}`;
    return `a.${q(allocation.before)} as ${q(`${name}_before`)}, ${change} as ${q(`${name}_change`)}, a.${q(allocation.after)} as ${q(`${name}_after`)}`;
  });
  const ofLog = pools.map(({ consumed, after }) => {
    const left = `coalesce(l.${q(after)}, 0)::bigint`;
    return `${left} + l.${q(consumed)}, - l.${q(consumed)}::bigint, ${left}`;
  });
  return `
    select a.organization::text as organization, a.sequence, a.at, a.kind, null::text as action, null::bigint as quantity,
           a.plan, a.reason, a.reference, null::text as "user", a.legacy_delta, ${ofAllocations.join(', ')}
      from creditshift.allocations as a
     where true${chosen('a.organization', 'a.at').join('')}
    union all
    select l.${q(log.owner)}::text, l.sequence, l.${q(log.at)}::timestamptz,
           case when not l.success then 'refusal'
                when exists (select from creditshift.reversals as r where r.organization = l.${q(log.owner)} and r.sequence = l.sequence) then 'reversal'
                else 'charge' end,
           l.${q(log.action)}::text, l.quantity, null, l.${q(log.outcome)}::text, l.idempotency_key, l.${q(log.user)}::text, l.legacy_delta, ${ofLog.join(', ')}
      from ${log.table} as l
     where l.success is not null${chosen(`l.${q(log.owner)}`, `l.${q(log.at)}`).join('')}
     order by 1, 3, 2`;
}

/** The same as a COPY: CSV with a header (RFC 4180), or an object a line. */
export function copyEntries(model: Model, selection: Selection, format: 'csv' | 'jsonl'): string {
  const entries = entriesSql(model, selection);
  if (format === 'csv') return `copy (${entries}) to stdout (format csv, header, encoding 'UTF8')`;
  // Characters that JSON never has as they are: so nothing of it is quoted or escaped.
  return `copy (select to_json(e) from (${entries}) as e) to stdout (format csv, quote e'\\x01', delimiter e'\\x02', encoding 'UTF8')`;
}
