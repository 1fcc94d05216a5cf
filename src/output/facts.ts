import type { Finding } from './types.ts';

/** What was found, how much more there is, and what to do: a line each. */
export function factsOf({ count, rows, remedy }: Finding): string[] {
  return [...rows, ...(count > rows.length ? [`… ${count} in all`] : []), `remedy: ${remedy}`];
}
