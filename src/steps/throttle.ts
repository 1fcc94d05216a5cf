import { setTimeout as pause } from 'node:timers/promises';
import { openSessions } from '../throttle/sessions.ts';
import { signalsOf } from '../throttle/signals.ts';
import { type Hold, openThrottle } from '../throttle/throttle.ts';
import type { Run } from './run.ts';

/** Milliseconds for which clients count as at work once they were seen. */
const AT_WORK = 2000;
/** Milliseconds that one rest lasts at most: a page that hung for other reasons is not waited for again. */
const LONGEST_REST = 1000;

/** How a run gives way to the database's other work. */
export interface Courtesy {
  /** Between pages of a step: returns when no signal of the throttle speaks against going on, or the run shall stop. */
  pass: (step: string) => Promise<void>;
  /** Milliseconds that a page shall take: fewer while other sessions are at work. */
  target: () => number;
  /** After a page: while other sessions are at work, waits some times what the page took. */
  rest: (milliseconds: number) => Promise<void>;
  /** Milliseconds held so far, and rested. */
  held: () => number;
  rested: () => number;
}

/** The run's courtesy; its baselines are taken when it is first asked for. Why it holds is told as progress. */
export function courtesyOf(run: Run): Promise<Courtesy> {
  run.courtesy ??= open(run);
  return run.courtesy;
}

async function open(run: Run): Promise<Courtesy> {
  const { throttle: settings, batch } = run.config;
  const { clients } = settings;
  const sessions = await openSessions(run.sql, settings.sessions);
  let step = '';
  let rested = 0;
  const throttle = openThrottle([...(await signalsOf(run.sql, run.model, settings)), sessions.signal], {
    patience: settings.patience * 60_000,
    announce: async (hold: Hold | undefined) => {
      if (hold) run.progress({ event: 'waiting', step, ...hold });
    },
    stopping: run.stopping,
  });
  const atWork = () => clients !== false && sessions.seenWithin(AT_WORK);
  return {
    pass: async of => {
      step = of;
      if (!run.stopping()) await throttle.pass();
    },
    target: () =>
      clients && atWork() ? Math.min(clients.targetMilliseconds, batch.targetMilliseconds) : batch.targetMilliseconds,
    rest: async milliseconds => {
      if (!clients || !atWork() || run.stopping()) return;
      const rest = Math.min(clients.rest * milliseconds, LONGEST_REST);
      rested += rest;
      await pause(rest);
    },
    held: throttle.held,
    rested: () => Math.round(rested),
  };
}
