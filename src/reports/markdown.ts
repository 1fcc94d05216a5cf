import type Big from 'big.js';

/** Text as Markdown that shows exactly it, on one line, in a paragraph, a list or a table cell. */
export function escapeMarkdown(value: string): string {
  return (
    oneLine(value)
      .replace(/[\\`*[\]|~$]/g, '\\$&')
      // Inside a word an underscore is plain text: column names stay readable.
      .replace(/(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g, '\\_')
      .replace(/&(?=#?\w+;)/g, '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replace(/^(\d+)([.)])(?=\s|$)/, '$1\\$2')
      .replace(/^[#+-](?=\s|$)/, '\\$&')
  );
}

/** A code span; what a table cell cannot hold in one is written as plain text. */
export function codeSpan(value: string): string {
  const text = oneLine(value);
  return text === '' || /[|`\\]/.test(text) ? escapeMarkdown(text) : `\`${text}\``;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what breaks a line or hides text
const oneLine = (value: string) => value.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').trim();

/** 20999 → 20,999; a sign in front is kept. */
export function thousands(value: string | number | bigint): string {
  return String(value)
    .replace(/\B(?=(\d{3})+(?!\d))/g, ',')
    .replace(/^-/, '−');
}

/** At least `least` and at most `most` decimals, half up, with a real minus sign. */
export function decimals(value: Big, least = 2, most = least): string {
  const [whole = '', digits = ''] = value.toFixed(most).split('.');
  const fraction = digits.slice(0, least) + digits.slice(least).replace(/0+$/, '');
  return `${thousands(whole)}.${fraction}`.replace(/^−(?=0\.0+$)/, '');
}

export const percent = (value: Big): string => `${decimals(value)} %`;

/** Milliseconds as people read them: 0.4 s, 3 min 5 s. */
export function duration(milliseconds: number): string {
  if (milliseconds < 60_000) return `${(milliseconds / 1000).toFixed(milliseconds < 10_000 ? 3 : 1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  return `${Math.floor(seconds / 60)} min${seconds % 60 > 0 ? ` ${seconds % 60} s` : ''}`;
}

/** Pads the cells of every table, so that the file reads as it stands. */
export function alignTables(markdown: string): string {
  return markdown.replace(/(?:^\|.*\|\n)+/gm, table => {
    const rows = table
      .trimEnd()
      .split('\n')
      .map(row =>
        row
          .slice(1, -1)
          .split(/(?<!\\)\|/)
          .map(cell => cell.trim()),
      );
    const rule = rows[1] ?? [];
    const widths = rule.map((_, column) =>
      Math.max(3, ...rows.filter(row => row !== rule).map(row => (row[column] ?? '').length)),
    );
    const lines = rows.map(row =>
      row.map((cell, column) => {
        const [width, right] = [widths[column] ?? cell.length, rule[column]?.endsWith(':')];
        if (row === rule) return right ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width);
        return right ? cell.padStart(width) : cell.padEnd(width);
      }),
    );
    return `${lines.map(cells => `| ${cells.join(' | ')} |`).join('\n')}\n`;
  });
}
