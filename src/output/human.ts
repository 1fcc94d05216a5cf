import { Chalk, type ChalkInstance } from 'chalk';
import { renderFacts } from './facts-block.ts';
import { printable } from './printable.ts';
import { renderTable } from './table.ts';
import type { Block, Tone } from './types.ts';
import { columnsOf, wrap } from './width.ts';

export interface Style {
  color: boolean;
  /** Columns a table may take. */
  width: number;
  /** Columns that there are, where somebody knows: then nothing is longer, but for a word. */
  most?: number;
}

const MARKS = { good: '✓', bad: '✗', warn: '!' } as const;

/** What a person reads of a result. */
export function renderBlocks(blocks: readonly Block[], style: Style): string {
  const chalk = new Chalk({ level: style.color ? 1 : 0 });
  const text = blocks
    .map(visible)
    .map((block, i, all) => `${gap(all[i - 1], block)}${renderBlock(block, style, chalk)}`)
    .join('\n');
  return text === '' ? '' : `${text.replace(/^\n+|\n+$/g, '')}\n`;
}

/** Names come from the database: one with an escape sequence in it must not reach the terminal as one. */
function visible(block: Block): Block {
  switch (block.kind) {
    case 'facts':
      return { ...block, facts: block.facts.map(([label, value]) => [label, printable(value)]) };
    case 'table':
      return { ...block, rows: block.rows.map(row => row.map(printable)) };
    default:
      return { ...block, text: printable(block.text) };
  }
}

/** A table stands off from what is around it, but not from its title. */
function gap(before: Block | undefined, block: Block): string {
  const apart = before?.kind === 'table' || block.kind === 'table';
  return apart && before?.kind !== 'title' && block.kind !== 'title' ? '\n' : '';
}

function renderBlock(block: Block, style: Style, chalk: ChalkInstance): string {
  const { width, most = Number.POSITIVE_INFINITY } = style;
  switch (block.kind) {
    case 'title':
      return `\n${chalk.bold(wrap(block.text, most))}\n${chalk.dim('─'.repeat(Math.min(columnsOf(block.text), most)))}`;
    case 'text':
      return paint(chalk, block.tone)(wrap(block.text, most));
    case 'mark': {
      const [mark = '', ...text] = wrap(`${MARKS[block.tone]} ${block.text}`, most, 2);
      return paint(chalk, block.tone)(mark) + text.join('');
    }
    case 'facts':
      return renderFacts(block.facts, most, chalk.dim);
    case 'table': {
      const table = block.rows.length > 0 ? renderTable(block, width, most) : chalk.dim('none');
      return block.note ? `${table}\n${chalk.dim(wrap(block.note, most))}` : table;
    }
    case 'verbatim':
      return block.text.replace(/\n+$/, '');
  }
}

function paint(chalk: ChalkInstance, tone: Tone = 'plain'): (text: string) => string {
  const colors = { good: chalk.green, bad: chalk.red, warn: chalk.yellow, dim: chalk.dim };
  return tone === 'plain' ? text => text : colors[tone];
}
