import CliTable from 'cli-table3';
import type { Block } from './types.ts';

type TableBlock = Extract<Block, { kind: 'table' }>;

/** What stands between two columns, and beside them: ` │ ` and one blank at each end. */
const GAP = 3;

const CHARS = {
  ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '' },
  ...{ bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '' },
  ...{ left: '', 'left-mid': '', right: '', 'right-mid': '' },
  ...{ mid: '─', 'mid-mid': '┼', middle: '│' },
};

/** A table as psql draws it. Too wide, its text columns wrap at blanks; words and numbers are never cut. */
export function renderTable(block: TableBlock, width: number): string {
  const widths = fit(block, width);
  const table = new CliTable({
    head: block.columns.map(column => column.title),
    colAligns: block.columns.map(column => column.align ?? 'left'),
    ...(widths && { colWidths: widths.map(w => w + 2), wordWrap: true }),
    chars: CHARS,
    style: { head: [], border: [], compact: true },
  });
  table.push(...block.rows);
  return table.toString().replace(/[ \t]+$/gm, '');
}

/** Widths that keep the table within `width`, or undefined where it needs none. */
function fit({ columns, rows }: TableBlock, width: number): number[] | undefined {
  const cells = columns.map((column, i) => [column.title, ...rows.map(row => row[i] ?? '')]);
  const lines = cells.map(column => column.flatMap(cell => cell.split('\n')));
  const widths = lines.map(column => Math.max(...column.map(columnsOf)));
  const least = lines.map(column => Math.max(...column.flatMap(line => line.split(/\s+/)).map(columnsOf)));
  let excess = widths.reduce((sum, w) => sum + w, 0) + GAP * columns.length - 1 - width;
  if (excess <= 0) return undefined;
  for (; excess > 0; excess--) {
    const spare = widths.map((w, i) => (w > (least[i] ?? 0) ? w : 0));
    const widest = spare.indexOf(Math.max(...spare));
    if (!spare[widest]) break;
    widths[widest] = spare[widest] - 1;
  }
  return widths;
}

/** Terminal columns of a text: wide characters take two. */
function columnsOf(text: string): number {
  const wide = text.match(/[\p{Extended_Pictographic}\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}]/gu);
  return [...text].length + (wide?.length ?? 0);
}
