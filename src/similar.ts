/** Edits that may lie between a word and what was meant, and the part of it that has to be right. */
const MOST_EDITS = 3;
const LEAST_ALIKE = 0.4;

/** The names nearest to a mistyped one, whatever their case; none where nothing is near. */
export function similar(word: string, names: readonly string[]): string[] {
  const distances = names.map(name => ({ name, edits: edits(word.toLowerCase(), name.toLowerCase()) }));
  const near = distances.filter(
    ({ name, edits }) => edits <= MOST_EDITS && 1 - edits / Math.max(word.length, name.length) > LEAST_ALIKE,
  );
  const least = Math.min(...near.map(({ edits }) => edits));
  return near.filter(({ edits }) => edits === least).map(({ name }) => name);
}

/** `Did you mean a or b?`, or nothing. */
export function didYouMean(word: string, names: readonly string[]): string[] {
  const found = similar(word, names);
  return found.length > 0 ? [`Did you mean ${found.join(' or ')}?`] : [];
}

/** Optimal string alignment: Levenshtein's distance, where two neighbours that changed places are one edit. */
function edits(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  const at = (i: number, j: number) => rows[i]?.[j] ?? 0;
  for (let i = 1; i <= a.length; i++) {
    rows[i] = [i];
    for (let j = 1; j <= b.length; j++) {
      const other = a[i - 1] === b[j - 1] ? 0 : 1;
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const ways = [at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + other];
      rows[i]?.push(Math.min(...ways, ...(swapped ? [at(i - 2, j - 2) + 1] : [])));
    }
  }
  return at(a.length, b.length);
}
