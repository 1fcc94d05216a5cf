import { columnsOf, longestWord, wrap } from './width.ts';

/** Between a label and its value. */
const GAP = '  ';

/**
 * Labels and values in two columns; where the values would get too few, each value stands below its label.
 * @param dim how a label is painted
 */
export function renderFacts(
  facts: readonly (readonly [label: string, value: string])[],
  width: number,
  dim: (text: string) => string,
): string {
  const labels = Math.max(...facts.map(([label]) => columnsOf(label)));
  const least = Math.max(...facts.map(([, value]) => Math.min(longestWord(value), width - GAP.length)));
  if (labels + GAP.length + least > width) {
    return facts.map(([label, value]) => `${dim(label)}\n${wrap(GAP + value, width)}`).join('\n');
  }
  return facts
    .map(([label, value]) => {
      const lines = wrap(value, width - labels - GAP.length).replaceAll('\n', `\n${' '.repeat(labels)}${GAP}`);
      return `${dim(label.padEnd(labels))}${GAP}${lines}`;
    })
    .join('\n');
}
