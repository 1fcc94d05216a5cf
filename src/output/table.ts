import CliTable from 'cli-table3';
import { renderFacts } from './facts-block.ts';
import type { Block } from './types.ts';
import { columnsOf, longestWord } from './width.ts';

type TableBlock = Extract<Block, { kind: 'table' }>;

/** What stands between two columns, and beside them: ` │ ` and one blank at each end. */
const GAP = 3;

const CHARS = {
  ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '' },
  ...{ bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '' },
  ...{ left: '', 'left-mid': '', right: '', 'right-mid': '' },
  ...{ mid: '─', 'mid-mid': '┼', middle: '│' },
};

/**
 * A table as psql draws it. Too wide, its text columns wrap at blanks; words and numbers are never cut.
 * @param most columns that there are: a table that cannot be made so narrow becomes a list, as psql's expanded display
 */
export function renderTable(block: TableBlock, width: number, most = Number.POSITIVE_INFINITY): string {
  const widths = fit(block, Math.min(width, most));
  if (widths && sumOf(widths) > most) return renderRecords(block, most);
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
  const least = lines.map(column => Math.max(...column.map(longestWord)));
  let excess = sumOf(widths) - width;
  if (excess <= 0) return undefined;
  for (; excess > 0; excess--) {
    const spare = widths.map((w, i) => (w > (least[i] ?? 0) ? w : 0));
    const widest = spare.indexOf(Math.max(...spare));
    if (!spare[widest]) break;
    widths[widest] = spare[widest] - 1;
  }
  return widths;
}

/** Columns of a table of these column widths. */
const sumOf = (widths: readonly number[]): number =>
  widths.reduce((sum, width) => sum + width, 0) + GAP * widths.length - 1;

/** Each row as facts; a line parts two rows. */
function renderRecords({ columns, rows }: TableBlock, width: number): string {
  const records = rows.map(row => columns.map(({ title }, i): [string, string] => [title, row[i] ?? '']));
  return records.map(record => renderFacts(record, width, text => text)).join(`\n${'─'.repeat(width)}\n`);
}
