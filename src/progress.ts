import type { Block } from './output/types.ts';

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
    }
  | { event: 'rows'; step: string; rows: number; total: number; perSecond: number; secondsLeft: number }
  /** The throttle holds the step, since `seconds`; told again while it lasts. */
  | { event: 'waiting'; step: string; signal: string; reason: string; seconds: number }
  | { event: 'note'; text: string }
  /** A finished part of a longer story, shown at once. */
  | { event: 'show'; blocks: Block[] };

export type Progress = (event: ProgressEvent) => void;
