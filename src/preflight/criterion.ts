import type { Model } from '../config/model.ts';
import type { Config } from '../config/schema.ts';
import type { Queryable, ServerFacts, Transaction } from '../database/connect.ts';
import type { Facts } from '../database/facts.ts';
import type { State } from '../database/state.ts';

export const GROUPS = ['server', 'disk', 'activity', 'tables', 'functions', 'plan', 'proof'] as const;

/** `error`: it could not be judged, which blocks and is never a pass. */
export type Outcome = 'met' | 'warns' | 'blocks' | 'error';

/** What was found of a criterion, one fact a line. */
export interface Finding {
  outcome: Exclude<Outcome, 'error'>;
  found: string[];
}

/** What lies in files, beside the database. */
export interface Evidence {
  /** The proved backup, in words; where there is none, a Problem says why. */
  backup(): Promise<string>;
  /** The rehearsal that matches, in words, and why it says nothing about this migration. */
  rehearsal(): Promise<{ found: string; against: string[] }>;
  /** What was recorded of this database before its migration, in words, and why that says nothing about it. */
  baseline(): Promise<{ found: string; against: string[] }>;
  /** Folder of the application's code, where one was named. */
  source?: string | undefined;
}

/** What a criterion looks at. */
export interface Subject<Connection extends Queryable = Queryable> {
  sql: Connection;
  server: ServerFacts;
  config: Config;
  facts: Facts;
  model: Model;
  /** Undefined where nothing was migrated. */
  state: State | undefined;
  evidence: Evidence;
}

/** Something that has to be so before a migrate, and the way to see whether it is. */
export interface Criterion {
  /** Stable: `group.some-name`. */
  name: `${(typeof GROUPS)[number]}.${string}`;
  claim: string;
  /** What to do where it is not met. */
  remedy: string;
  /** It writes: it runs in a transaction that is rolled back, not in a read-only snapshot. */
  probes?: boolean;
  /** It is judged only where this holds. */
  asked?(evidence: Evidence): boolean;
  find(subject: Subject<Transaction>): Promise<Finding>;
}

const SHOWN = 20;

/** The finding of these lines: `blocking` ones decide, then `warning` ones; `otherwise` is said where there are none. */
export function judge(blocking: readonly string[], warning: readonly string[], otherwise?: string): Finding {
  const found = [...blocking, ...warning];
  if (found.length === 0) return { outcome: 'met', found: otherwise === undefined ? [] : [otherwise] };
  const rest = found.length > SHOWN ? [`… ${found.length} in all`] : [];
  return { outcome: blocking.length > 0 ? 'blocks' : 'warns', found: [...found.slice(0, SHOWN), ...rest] };
}
