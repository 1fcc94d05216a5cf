import type { Model } from '../config/model.ts';
import { quoteIdentifier as q, quoteLiteral } from '../config/names.ts';

/** What goes: rows that a month before `kept` has, and that the archive of the snapshot with this `horizon` has. */
export interface Outgoing {
  /** The first day that stays, in UTC. */
  kept: string;
  /** The oldest transaction that was at work then: whatever is older than it, everybody sees. */
  horizon: string;
}

/** The horizon of the transaction’s snapshot, as SQL. */
export const HORIZON = 'pg_snapshot_xmin(pg_current_snapshot())::xid::text';

/** Entries and refusals that go; rows of before the migration are the application’s own. Needs the time zone UTC. */
export const outgoing = ({ log }: Model, { kept, horizon }: Outgoing): string =>
  `l.success is not null and l.${q(log.at)}::timestamptz < ${quoteLiteral(kept)}::timestamptz
   and age(l.xmin) > age(${quoteLiteral(horizon)}::xid)`;

/** A place in the order of organizations and their entries. */
export interface Place {
  organization: string;
  sequence: string;
}

/** Entries that go, after a place (null is the beginning) and up to another. */
export function entriesBetween(model: Model, going: Outgoing, after: Place | null, upTo?: Place): string {
  const { log, key } = model;
  const at = `(l.${q(log.owner)}, l.sequence)`;
  const place = ({ organization, sequence }: Place) => `(${quoteLiteral(organization)}::${key}, ${sequence}::bigint)`;
  return [
    outgoing(model, going),
    'l.sequence is not null',
    ...(after ? [`${at} > ${place(after)}`] : []),
    ...(upTo ? [`${at} <= ${place(upTo)}`] : []),
  ].join(' and ');
}
