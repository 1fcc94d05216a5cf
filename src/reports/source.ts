import type { Model } from '../config/model.ts';
import type { Config } from '../config/schema.ts';
import type { Queryable } from '../database/connect.ts';
import type { State } from '../database/state.ts';

/** Where a report's figures come from: one snapshot of a migrated database. */
export interface Source {
  tx: Queryable;
  /** Of the last applied revision. */
  model: Model;
  state: State;
  /** Today's file: unit costs, targets, planned minutes, and what is personal; nothing else is taken from it. */
  config: Config;
  /** How the legacy columns are called by now; null once they are dropped. */
  legacyName: (column: string) => string | null;
}

/** Amounts per pool as text, in the pools' order: exact whatever their size. */
export type PerPool = string[];

/** The moment of the snapshot and the server it was taken on. */
export interface Moment {
  /** ISO 8601 with offset, by the database's clock and time zone. */
  time: string;
  database: string;
  server: string;
  modeSince: string;
}

export async function readMoment({ tx }: Source): Promise<Moment> {
  const [row] = await tx<Moment[]>`
    select to_char(now(), 'YYYY-MM-DD"T"HH24:MI:SSTZH:TZM') as time,
           current_database() as database, current_setting('server_version') as server,
           to_char(changed_at, 'YYYY-MM-DD"T"HH24:MI:SSTZH:TZM') as "modeSince"
      from creditshift.control`;
  if (!row) throw new Error('the server answered nothing');
  return row;
}
