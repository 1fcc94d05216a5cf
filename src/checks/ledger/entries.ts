import { quoteIdentifier as q } from '../../config/names.ts';
import type { Subject } from '../check.ts';
import { inSlice } from '../slice.ts';

/** Kinds of allocations that go by no plan: what the one before them found and gave still stands. */
export const BY_NO_PLAN = `'top-up', 'reversal', 'reset', 'opening'`;

/** `organization, first, sequence, tombstone` of every numbered entry: allocations and charges; an opening stands for those from its first on. */
export function numberedEntries(subject: Subject): string {
  const { log } = subject.model;
  return `
    select a.organization, coalesce(a.first_sequence, a.sequence) as first, a.sequence, a.kind = 'deletion' as tombstone
      from creditshift.allocations as a where ${inSlice(subject, 'a.organization')}
    union all
    select l.${q(log.owner)}, l.sequence, l.sequence, false from ${log.table} as l where ${charges(subject)} and l.sequence is not null`;
}

/** The condition for rows of the log that may be entries: none in a slice, which would read the whole log each time. */
export const charges = ({ slice }: Subject): string => (slice ? 'false' : 'true');

/** The same with, per pool n, what it found (`before_n`), changed (`change_n`) and left (`after_n`). */
export function chainedEntries(subject: Subject): string {
  const { log, pools } = subject.model;
  // A charge of before a pool was added says null about it, and the pool was empty.
  const ofLog = pools.map(({ consumed, after, position: n }) => {
    const left = `coalesce(l.${q(after)}, 0)::bigint`;
    return `${left} + l.${q(consumed)} as before_${n}, - l.${q(consumed)}::bigint as change_${n}, ${left} as after_${n}`;
  });
  const ofAllocations = pools.map(({ allocation, position: n }) => {
    const change = `a.${q(allocation.granted)} - a.${q(allocation.forfeited)}`;
    return `a.${q(allocation.before)} as before_${n}, ${change} as change_${n}, a.${q(allocation.after)} as after_${n}`;
  });
  return `
    select a.organization, a.sequence, ${ofAllocations.join(', ')}
      from creditshift.allocations as a where ${inSlice(subject, 'a.organization')}
    union all
    select l.${q(log.owner)}, l.sequence, ${ofLog.join(', ')} from ${log.table} as l where ${charges(subject)} and l.sequence is not null`;
}
