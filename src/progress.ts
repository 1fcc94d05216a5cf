import type { Block } from './output/types.ts';

/** A session that something waits for; its transaction's age as HH:MM:SS. */
export interface InTheWay {
  pid: number | null;
  application: string;
  age: string;
  query: string;
}

/** One look of guard at a database after its cutover. */
export interface Look {
  /** ISO 8601. */
  at: string;
  /** Charges, refusals and charges given back in the window; null where they could not be counted. */
  charges: number | null;
  refusals: number | null;
  reversals: number | null;
  /** Milliseconds that a charge takes, and took at the cutover; null where it could not be measured. */
  latency: number | null;
  baseline: number | null;
  /** Per cent, as the application tells it; null where it tells none. */
  errorRate: number | null;
  /** Credits available in each pool, over all organizations, exact; null where they were not asked for, or not read. */
  balances: Record<string, string> | null;
  /** What could not be looked at, and why. */
  unread: string[];
  /** The limits that are exceeded, in words; none is the rule. */
  exceeded: string[];
}

/** What a running command tells while it runs. Output decides how it looks: a spinner, plain lines or JSON lines. */
export type ProgressEvent =
  | { event: 'step'; step: string; claim: string }
  | {
      event: 'done';
      step: string;
      milliseconds: number;
      tries?: number;
      heldMilliseconds?: number;
      rows?: number;
      /** Milliseconds of it that the throttle held the step. */
      throttled?: number;
      /** Milliseconds that its pages rested for clients, over all workers. */
      rested?: number;
      indexes?: number;
      tables?: number;
    }
  | { event: 'rows'; step: string; rows: number; total: number; perSecond: number; secondsLeft: number }
  /** The throttle holds the step, since `seconds`; told again while it lasts. */
  | { event: 'waiting'; step: string; signal: string; reason: string; seconds: number }
  /** A try is about to be made although somebody is in the way. */
  | { event: 'blocked'; step: string; try: number; by: readonly InTheWay[] }
  /** A concurrent build, as the server tells: its phase, and blocks of the table where the phase counts them. */
  | {
      event: 'index';
      step: string;
      index: string;
      phase: string;
      blocks: number;
      blocksTotal: number;
      /** Whose transactions it waits for. */
      waitsFor: readonly InTheWay[];
    }
  /** What a command is at, outside of steps; each outdated by the next. `done` things of `total`, where they are counted. */
  | { event: 'work'; what: string; done?: number; total?: number }
  /** What guard saw at one look. */
  | ({ event: 'look' } & Look)
  /** A hook has ended; `exit` is null where a signal ended it, or it could not be started. */
  | { event: 'hook'; hook: string; exit: number | null; milliseconds: number; timedOut: boolean; output: string }
  /** Something to know, or, where it is routine, only how far it is. */
  | { event: 'note'; text: string; routine?: true }
  /** A finished part of a longer story, shown at once. */
  | { event: 'show'; blocks: Block[] };

export type Progress = (event: ProgressEvent) => void;
