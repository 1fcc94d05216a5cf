import { Problem, UNTOUCHED } from '../problems.ts';

/** Ends the start of a throw-away server: why there is none, what to do, and what the programs said. */
export function unavailable(message: string, next: string, details: readonly string[], cause?: unknown): never {
  throw new Problem('DISPOSABLE_UNAVAILABLE', message, { state: UNTOUCHED, next, details, cause });
}

/** What an unknown thrown value says. */
export function textOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
