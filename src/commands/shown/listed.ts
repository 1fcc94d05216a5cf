import type { Block } from '../../output/types.ts';

/** A warning each for the first 20, and how many more there are. */
export function listed<T>(items: readonly T[], line: (item: T) => string): Block[] {
  const more = items.length - 20;
  return [
    ...items.slice(0, 20).map(item => ({ kind: 'mark', tone: 'warn', text: line(item) }) as const),
    ...(more > 0 ? [{ kind: 'text', text: `  … and ${more} more; --json lists all` } as const] : []),
  ];
}
