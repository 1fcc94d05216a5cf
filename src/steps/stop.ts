import { Problem, RESUMABLE } from '../problems.ts';
import type { Run } from './run.ts';

/** @throws Problem INTERRUPTED when the run shall stop; `done` says in words how far it came */
export function stopHere(run: Run, done: string): void {
  if (run.stopping()) throw interrupted(`Stopped ${done}, as told.`);
}

/** @throws Problem INTERRUPTED when less than so many milliseconds are left, or the run shall stop */
export function requireTime(run: Run, milliseconds: number, what: string): void {
  stopHere(run, `before ${what}`);
  const left = run.deadline - performance.now();
  if (left >= milliseconds) return;
  throw interrupted(`Stopped before ${what}: it may take ${seconds(milliseconds)} s, and ${seconds(left)} s are left.`);
}

const seconds = (milliseconds: number): number => Math.ceil(milliseconds / 1000);

const interrupted = (message: string) =>
  new Problem('INTERRUPTED', message, { state: RESUMABLE, next: 'creditshift migrate   goes on where it stopped' });
