import type { Model } from '../../config/model.ts';
import type { Config } from '../../config/schema.ts';
import type { Queryable } from '../../database/connect.ts';

export const CONFLICTS = [
  'UNKNOWN_PLAN',
  'PLAN_CASE',
  'NO_PLAN',
  'MALFORMED_KEY',
  'ASSIGNED_TO_NOBODY',
  'ASSIGNED_TWICE',
  'ASSIGNMENT_CONTRADICTS',
  'WITHOUT_CREDITS',
  'ORPHANED_CREDITS',
  'WITHOUT_OWNER',
  'NO_NUMBER',
  'BEYOND_POOL',
  'UNPAID_ACTION',
  'LEGACY_COST_DIFFERS',
] as const;
export type ConflictCode = (typeof CONFLICTS)[number];

/** Where database and configuration leave open, or contradict each other on, who gets what. */
export interface Conflict {
  code: ConflictCode;
  /** `blocks`: nothing is migrated until the configuration decides it. */
  severity: 'blocks' | 'report';
  /** The value of the plan column, or the action, that it is about. */
  value: string | null;
  /** Organizations it touches; 0 where it is about an action. */
  count: number;
  /** Their keys, the first 20. */
  organizations: string[];
  message: string;
}

/** What the finders look at: today's configuration, and the names and types of the database. */
export interface Question {
  tx: Queryable;
  config: Config;
  model: Model;
  /** What each value of the plan column means: a plan, or null for skip; '' is "no plan". */
  rules: ReadonlyMap<string, string | null>;
}

/** Organizations a conflict lists by key. */
export const LISTED = 20;

/** `1 organization has …` / `2 organizations have …`. */
export const organizations = (count: number, one: string, many: string): string =>
  count === 1 ? `1 organization ${one}` : `${count} organizations ${many}`;
