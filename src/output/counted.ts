/** `1 organization`, `2 organizations`: for nouns that take an s. */
export const counted = (count: number | bigint, noun: string): string =>
  `${count} ${noun}${Number(count) === 1 ? '' : 's'}`;
