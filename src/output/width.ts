/** Terminal columns of a text: wide characters take two. */
export function columnsOf(text: string): number {
  const wide = text.match(/[\p{Extended_Pictographic}\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}]/gu);
  return [...text].length + (wide?.length ?? 0);
}

/** Columns of the longest word. */
export const longestWord = (text: string): number => Math.max(...text.split(/\s+/).map(columnsOf));

/**
 * Breaks lines at blanks where they are longer than `width`; a word is never cut. What follows a break begins under the
 * first word of its line, and `hang` columns further.
 */
export function wrap(text: string, width: number, hang = 0): string {
  return text
    .split('\n')
    .map(line => wrapLine(line, width, hang))
    .join('\n');
}

function wrapLine(line: string, width: number, hang: number): string {
  if (columnsOf(line) <= width) return line;
  const [, margin = '', rest = ''] = /^( *)(.*)$/.exec(line) ?? [];
  const indent = margin + ' '.repeat(hang);
  const lines = [margin];
  // Blanks between words stay as they are, but where a line ends.
  for (const [, blanks = '', word = ''] of rest.matchAll(/(\s*)(\S+)/g)) {
    const last = lines.at(-1) ?? '';
    const fits = columnsOf(last + blanks + word) <= width || last.trim() === '';
    if (fits) lines[lines.length - 1] = last + blanks + word;
    else lines.push(indent + word);
  }
  return lines.join('\n');
}
