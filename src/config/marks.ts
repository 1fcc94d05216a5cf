import { type Document, isScalar, type LineCounter, visit } from 'yaml';

/** What `init` writes where only the user knows: as a value, or as a name. */
export const MARK = 'FILL_IN';

/** Lines of a configuration that still hold the mark: number, and the line itself with the question beside it. */
export function markedLines(text: string, document: Document, counter: LineCounter): { line: number; text: string }[] {
  const lines = new Set<number>();
  visit(document, {
    Scalar: (_, node) => {
      if (isScalar(node) && node.value === MARK && node.range) lines.add(counter.linePos(node.range[0]).line);
    },
  });
  const source = text.split('\n');
  return [...lines].map(line => ({ line, text: (source[line - 1] ?? '').trim().replaceAll(/\s+/g, ' ') }));
}
