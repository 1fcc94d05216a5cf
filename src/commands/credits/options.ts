import { Problem, UNTOUCHED } from '../../problems.ts';

export interface CreditsOptions {
  what: 'top-up' | 'reverse' | 'cycle';
  /** Whose credits; cycle: of all that have pools, if absent. */
  organization?: string;
  /** top-up: the pool, how many credits were paid, and by which payment. */
  pool?: string;
  credits?: string;
  payment?: string;
  /** reverse: the charge by its number in the ledger, how much of its quantity, and a key that makes a part count once. */
  entry?: string;
  quantity?: string;
  key?: string;
  /** cycle: its first day, in ISO 8601. */
  day?: string;
  /** Recorded in the journal; of a reversal in the log too. */
  reason?: string;
}

type What = CreditsOptions['what'];

const NEEDS: Record<What, readonly string[]> = {
  'top-up': ['organization', 'pool', 'credits', 'payment'],
  reverse: ['organization', 'entry'],
  cycle: ['day'],
};
const TAKES: Record<What, readonly string[]> = {
  'top-up': [...NEEDS['top-up'], 'reason'],
  reverse: [...NEEDS.reverse, 'quantity', 'key', 'reason'],
  cycle: [...NEEDS.cycle, 'organization', 'reason'],
};
const WHOLE = ['credits', 'entry', 'quantity'] as const;

/** @throws Problem USAGE for an option that belongs to another of them, is missing, or cannot be understood */
export function refuseSlips(options: CreditsOptions): void {
  const { what, day } = options;
  const given = Object.entries(options).filter(([name, value]) => name !== 'what' && value !== undefined);
  const stray = given.find(([name]) => !TAKES[what].includes(name))?.[0];
  if (stray !== undefined) {
    const takers = (Object.keys(TAKES) as What[]).filter(name => TAKES[name].includes(stray));
    throw usage(`--${stray} goes with credits ${takers.join(' and credits ')}.`);
  }
  const missing = NEEDS[what].filter(name => !given.some(([option]) => option === name));
  if (missing.length > 0) throw usage(`credits ${what} needs --${missing.join(', --')}.`);
  for (const name of WHOLE) {
    const text = options[name];
    if (text !== undefined && !/^[0-9]+$/.test(text)) throw usage(`--${name} "${text}" is no whole number.`);
  }
  if (day !== undefined && !isDay(day)) throw usage(`--day "${day}" is no day like 2026-12-01.`);
}

/** A day of the calendar: the thirtieth of February is none. */
function isDay(text: string): boolean {
  const day = /^\d{4}-\d\d-\d\d$/.test(text) ? new Date(`${text}T00:00:00Z`) : undefined;
  return day !== undefined && !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}

/** An option that cannot be. */
export const usage = (message: string, next = 'creditshift credits --help', cause?: unknown): Problem =>
  new Problem('USAGE', message, { state: UNTOUCHED, next, cause });
