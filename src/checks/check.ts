import type { Model } from '../config/model.ts';
import type { Config } from '../config/schema.ts';
import type { Queryable } from '../database/connect.ts';
import type { State } from '../database/state.ts';
import type { Slice } from './slice.ts';
import type { DatabaseState } from './state.ts';

export const GROUPS = [
  'schema',
  'balances',
  'ledger',
  'behaviour',
  'audit',
  'privacy',
  'legacy',
  'security',
  'performance',
] as const;
export type Group = (typeof GROUPS)[number];
export type Severity = 'failure' | 'warning';

/** What a check looks at. */
export interface Subject {
  sql: Queryable;
  model: Model;
  /** Undefined where nothing was migrated. */
  state: State | undefined;
  config: Config;
  /** Of a check with `slices` only these organizations are looked at. Nothing was charged yet: the log has no entries. */
  slice?: Slice;
}

/** Rows that a check keeps for people. */
export const SHOWN = 20;

/** What contradicts a claim: how many, and the first of them for people. */
export interface Violations {
  count: number;
  /** At most SHOWN. */
  rows: string[];
  /** How many of them the database had before the migration, where the check can tell. */
  inherited?: number;
  /** What they amount to, where the check decides `as found`. */
  severity?: Severity;
  /** Why there is nothing to judge by; it is no pass then. */
  notJudged?: string;
}

/** One claim about the database, and the way to look for what contradicts it. */
export interface Check {
  /** Stable: `group.some-name`. */
  name: `${Group}.${string}`;
  claim: string;
  /** What it would cost if the claim did not hold. */
  why: string;
  /** What to do about violations. */
  remedy: string;
  /** A warning is shown and fails nothing; a policy may decide, what is found, or that all of it was there before the migration. */
  severity: Severity | 'failure unless inherited' | 'as found' | ((config: Config) => Severity);
  /** The states in which it is run. */
  states: readonly DatabaseState[];
  /** It holds from this step on: migrate runs it right after. */
  establishedBy?: string;
  /** From this step on it has no subject any more. */
  until?: string;
  /** It writes: it runs in a transaction that is rolled back, not in a read-only snapshot. */
  probes?: boolean;
  /** It judges each organization by itself, so that it can be asked for a slice of them at a time. */
  slices?: boolean;
  find(subject: Subject): Promise<Violations>;
}

export const groupOf = (check: Pick<Check, 'name'>): string => check.name.slice(0, check.name.indexOf('.'));
