import type { Progress, ProgressEvent } from '../progress.ts';
import type { Run } from './run.ts';

/** Milliseconds between two writes. */
const EVERY = 1000;
/** Events that do not say how far the run is. */
const BESIDE: readonly ProgressEvent['event'][] = ['show', 'note', 'hook'];

/** Progress that is also kept in creditshift.runs, where `status` reads it from a second terminal. */
export interface Published {
  show: Progress;
  /** After it nothing more is written. */
  close: () => Promise<void>;
}

/**
 * Keeps the last event that says how far the run is, in at most one write a second, fenced by its lease. A write that
 * fails is not missed: the next one says more.
 */
export function publish(run: Run, show: Progress): Published {
  let last: ProgressEvent | undefined;
  let writing: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  const write = () => {
    timer = undefined;
    if (last === undefined || closed) return;
    const event = JSON.stringify(last);
    last = undefined;
    writing = keep(run, event)
      .catch(() => {})
      .then(() => {
        writing = undefined;
        timer = setTimeout(write, EVERY).unref();
      });
  };
  return {
    show: event => {
      show(event);
      if (BESIDE.includes(event.event)) return;
      last = event;
      if (!writing && !timer) write();
    },
    close: async () => {
      closed = true;
      await writing;
      clearTimeout(timer);
    },
  };
}

async function keep(run: Run, event: string): Promise<void> {
  await run.sql`
    update creditshift.runs set progress = ${event}::text::jsonb
     where run = ${run.id}
       and exists (select from creditshift.lease where epoch = ${run.lease?.epoch ?? 0} and expires_at > clock_timestamp())`;
}
