import type { ProgressEvent } from '../progress.ts';
import type { ProgressView } from './progress.ts';
import type { Block, Result } from './types.ts';

/** What --quiet leaves of progress: what somebody has to know, and not how far it is. */
export const onlyProblems = ({ show, clear }: ProgressView): ProgressView => ({
  show: event => {
    if (isProblem(event)) show(event);
  },
  clear,
});

function isProblem(event: ProgressEvent): boolean {
  if (event.event === 'look') return event.exceeded.length > 0;
  if (event.event === 'hook') return event.exit !== 0 || event.timedOut;
  return event.event === 'note' && !event.routine;
}

/** What --quiet leaves of a result: what is wrong, and the verdict; all of it where it has none, such as SQL. */
export function verdict({ blocks, findings }: Result): Block[] {
  const last = findings?.summary ?? blocks.findLast(block => block.kind === 'mark');
  if (!last || blocks.some(block => block.kind === 'verbatim')) return blocks;
  const text = 'text' in last ? last.text : '';
  const problems = blocks.filter(block => block.kind === 'mark' && block.tone === 'bad' && block.text !== text);
  return [...problems, last];
}
