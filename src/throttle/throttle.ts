import { setTimeout as pause } from 'node:timers/promises';
import { sqlstate } from '../database/errors.ts';
import { Problem, RESUMABLE } from '../problems.ts';
import type { Signal } from './signal.ts';

/** Milliseconds between two looks: while it goes on, and while it holds. */
const EVERY = { going: 100, holding: 100 };
/** Milliseconds after which a lasting hold is told again. */
const TOLD_AGAIN = 10_000;

/** Why the work holds, and since how many seconds. */
export interface Hold {
  signal: Signal['name'];
  reason: string;
  seconds: number;
}

export interface Settings {
  /** Milliseconds that one hold may last. */
  patience: number;
  /** Told when a hold begins, changes its signal or lasts, and with undefined when it ends. */
  announce: (hold: Hold | undefined) => Promise<void>;
  /** The user asked to stop: a hold ends, and the caller stops. */
  stopping: () => boolean;
}

/** Holds work at its page boundaries while the database is busy. */
export interface Throttle {
  /** Returns at once, or when no signal speaks against going on. All workers wait for the same look. */
  pass: () => Promise<void>;
  /** Milliseconds held so far. */
  held: () => number;
}

/**
 * @throws Problem THROTTLED, from `pass`, when a hold outlasts the patience
 */
export function openThrottle(signals: readonly Signal[], settings: Settings): Throttle {
  let held = 0;
  let looked = Number.NEGATIVE_INFINITY;
  let looking: Promise<void> | undefined;
  const look = async () => {
    try {
      held += await holdWhileBusy(signals, settings);
    } finally {
      looked = performance.now();
      looking = undefined;
    }
  };
  return {
    held: () => Math.round(held),
    pass: async () => {
      if (looking === undefined && performance.now() - looked >= EVERY.going) looking = look();
      await looking;
    },
  };
}

/** Looks until nothing speaks against going on; returns the milliseconds that it held. */
async function holdWhileBusy(signals: readonly Signal[], settings: Settings): Promise<number> {
  const started = performance.now();
  let told: { signal: Signal['name']; at: number } | undefined;
  for (;;) {
    const found = await firstReason(signals);
    const now = performance.now();
    if (!found || settings.stopping()) {
      if (told) await settings.announce(undefined);
      return told ? now - started : 0;
    }
    const hold = { ...found, seconds: Math.round((now - started) / 1000) };
    if (now - started > settings.patience) throw throttled(hold);
    if (told?.signal !== hold.signal || now - told.at > TOLD_AGAIN) {
      told = { signal: hold.signal, at: now };
      await settings.announce(hold);
    }
    await pause(EVERY.holding);
  }
}

/** The first reason to hold. What cannot be read holds too; only a lost connection is nobody's reason. */
async function firstReason(signals: readonly Signal[]): Promise<Omit<Hold, 'seconds'> | undefined> {
  for (const { name, reason } of signals) {
    const found = await reason().catch(error => {
      const state = sqlstate(error);
      if (state === undefined || state.startsWith('57P')) throw error;
      return `${name} cannot be read: ${error.message}`;
    });
    if (found !== undefined) return { signal: name, reason: found };
  }
  return undefined;
}

function throttled({ reason, seconds }: Hold): Problem {
  return new Problem('THROTTLED', `Held for ${seconds} s, and still: ${reason}.`, {
    state: RESUMABLE,
    next: 'mend that, or set its limit under throttle; then the same command again goes on where it stopped',
  });
}
