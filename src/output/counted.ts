/** `1 organization`, `2 organizations`: for nouns that take an s. An amount may be a decimal, as text. */
export const counted = (count: number | bigint | string, noun: string): string =>
  `${count} ${noun}${Number(count) === 1 ? '' : 's'}`;
