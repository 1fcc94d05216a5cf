import { Help } from 'commander';
import type { CommandEntry } from './entry.ts';

/** Longer lines are hard to read. */
export const HELP_WIDTH = 100;
/** Least columns that descriptions may have. */
const LEAST_WIDTH = 45;

/** Where a description would get too few columns beside its term, it stands below. */
export function formatItem(this: Help, term: string, termWidth: number, description: string, helper: Help): string {
  const columns = helper.helpWidth ?? HELP_WIDTH;
  if (columns - termWidth >= LEAST_WIDTH) {
    return Help.prototype.formatItem.call(this, term, termWidth, description, helper);
  }
  return `  ${term}\n${this.boxWrap(description, columns - 6).replace(/^/gm, ' '.repeat(6))}`;
}

/** What stands below the options. */
export function examplesOf({ example }: CommandEntry): string {
  const lines = [example].flat();
  return `\n${lines.length === 1 ? 'Example' : 'Examples'}:\n${lines.map(line => `  $ ${line}\n`).join('')}`;
}
