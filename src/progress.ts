import type { Block } from './output/types.ts';

/** A session that something waits for; its transaction's age as HH:MM:SS. */
export interface InTheWay {
  pid: number | null;
  application: string;
  age: string;
  query: string;
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
  /** A hook has ended; `exit` is null where a signal ended it, or it could not be started. */
  | { event: 'hook'; hook: string; exit: number | null; milliseconds: number; timedOut: boolean; output: string }
  | { event: 'note'; text: string }
  /** A finished part of a longer story, shown at once. */
  | { event: 'show'; blocks: Block[] };

export type Progress = (event: ProgressEvent) => void;
