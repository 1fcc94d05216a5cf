import type { Queryable } from '../database/connect.ts';

/** What an organization had spent, or paid for, when it was deleted, and no balance is left to carry it to. */
export interface Unsettleable {
  organization: string;
  /** Legacy credits, exact decimal text; negative where it had paid for more than it spent. */
  owed: string;
  /** Who deleted it. */
  reason: string;
  /** When, ISO 8601. */
  at: string;
}

/** Deleted organizations whose entries no settlement had reached, oldest first: read from their tombstones. */
export async function unsettleable(sql: Queryable): Promise<Unsettleable[]> {
  return [
    ...(await sql<Unsettleable[]>`
      select organization::text as organization, legacy_delta::text as owed, reason,
             to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as at
        from creditshift.allocations where kind = 'deletion' and legacy_delta <> 0 order by event`),
  ];
}
