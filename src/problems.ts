/** Exit codes by class of outcome (documented once, in the README's table). */
export const EXIT = {
  done: 0,
  bug: 1,
  usage: 2,
  unreachable: 3,
  stepFailed: 4,
  verification: 5,
  refused: 6,
  interrupted: 130,
} as const;

/** Every problem a user can meet: its stable code and the class that decides the exit code. */
export const PROBLEMS = {
  BUG: EXIT.bug,
  USAGE: EXIT.usage,
  CONFIG_MISSING: EXIT.usage,
  CONFIG_INVALID: EXIT.usage,
  CONFIG_INCOMPLETE: EXIT.usage,
  CONFIG_NEWER: EXIT.usage,
  CONFIG_EXISTS: EXIT.usage,
  SERVER_TOO_OLD: EXIT.usage,
  PRIVILEGE_MISSING: EXIT.usage,
  TABLE_MISSING: EXIT.usage,
  COLUMN_MISSING: EXIT.usage,
  FUNCTION_MISSING: EXIT.usage,
  BALANCE_NOT_FOUND: EXIT.usage,
  STATE_NEWER: EXIT.usage,
  READ_ONLY_SERVER: EXIT.usage,
  DIRECT_CONNECTION_NEEDED: EXIT.usage,
  DISPOSABLE_UNAVAILABLE: EXIT.usage,
  PG_DUMP_NEEDED: EXIT.usage,
  CHARTS_UNAVAILABLE: EXIT.usage,
  CANNOT_CONNECT: EXIT.unreachable,
  WRONG_PASSWORD: EXIT.unreachable,
  DATABASE_MISSING: EXIT.unreachable,
  CONNECTION_LOST: EXIT.unreachable,
  LEASE_HELD: EXIT.unreachable,
  LEASE_LOST: EXIT.stepFailed,
  LOCK_TIMEOUT: EXIT.stepFailed,
  STEP_FAILED: EXIT.stepFailed,
  ALLOCATION_FAILED: EXIT.stepFailed,
  THROTTLED: EXIT.stepFailed,
  INVARIANT_BROKEN: EXIT.stepFailed,
  CHECKS_FAILED: EXIT.verification,
  PLAN_CONFLICTS: EXIT.verification,
  DIFFERENCE: EXIT.verification,
  NOT_CONFIRMED: EXIT.refused,
  NOTHING_TO_ROLL_BACK: EXIT.refused,
  NOT_CUT_OVER: EXIT.refused,
  BACKUP_MISSING: EXIT.refused,
  BACKUP_FAILED: EXIT.stepFailed,
  BACKUP_DAMAGED: EXIT.refused,
  BACKUP_NEWER: EXIT.refused,
  BACKUP_FOREIGN: EXIT.refused,
  BACKUP_AFTER_MIGRATION: EXIT.refused,
  BACKUP_UNPROVED: EXIT.refused,
  ARCHIVE_FAILED: EXIT.refused,
  BALANCES_DIFFER: EXIT.refused,
  UNKNOWN_WINDOW: EXIT.refused,
  DATABASE_NOT_EMPTY: EXIT.refused,
  SHORTFALL: EXIT.refused,
  LEGACY_CHANGED: EXIT.refused,
  LEGACY_DROPPED: EXIT.refused,
  CONTRACT_NOT_NAMED: EXIT.refused,
  WRONG_DATABASE: EXIT.refused,
  DEPENDENTS: EXIT.refused,
  STATE_CONFLICT: EXIT.refused,
  CAP_EXCEEDED: EXIT.refused,
  PAUSED: EXIT.refused,
  APPROVALS_MISSING: EXIT.refused,
  PLAN_MOVED: EXIT.refused,
  HOOK_FAILED: EXIT.refused,
  INTERRUPTED: EXIT.interrupted,
} as const;

export type ProblemCode = keyof typeof PROBLEMS;

/** What a user needs to know besides the cause: the state of the database, and what to do next. */
export interface ProblemDetail {
  /** The state the database is in now: untouched, resumable, or what to look at. */
  state: string;
  /** The next command or action. */
  next: string;
  /** Further lines, one fact each (offending rows, faults, blockers). */
  details?: readonly string[];
  cause?: unknown;
}

/** The one error class: anything a user may see, with its code, the state of the database and the next command. */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly state: string;
  readonly next: string;
  readonly details: readonly string[];

  constructor(code: ProblemCode, message: string, detail: ProblemDetail) {
    super(message, { cause: detail.cause });
    this.name = 'Problem';
    this.code = code;
    this.state = detail.state;
    this.next = detail.next;
    this.details = detail.details ?? [];
  }

  get exitCode(): number {
    return PROBLEMS[this.code];
  }
}

export const UNTOUCHED = 'The database is untouched by this run.';
export const RESUMABLE = 'The database is consistent; what was finished is kept.';
