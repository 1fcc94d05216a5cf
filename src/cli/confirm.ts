import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { Problem } from '../problems.ts';

const UNCHANGED = 'This run changed nothing.';

/** Where questions are asked: on stderr, so that stdout stays the result. */
export interface Asking {
  input: NodeJS.ReadStream;
  output: NodeJS.WriteStream;
  /** --yes */
  yes: boolean;
}

/**
 * Asks a yes-or-no question on the terminal; --yes answers it.
 * @throws Problem NOT_CONFIRMED without a terminal and without --yes; INTERRUPTED on Ctrl-C
 */
export async function confirm(question: string, { input, output, yes }: Asking): Promise<boolean> {
  if (yes) return true;
  if (!input.isTTY || !output.isTTY) {
    throw new Problem('NOT_CONFIRMED', 'This has to be confirmed, and there is no terminal to ask on.', {
      state: UNCHANGED,
      next: 'the same command with --yes, or on a terminal',
      details: question.split('\n'),
    });
  }
  const lines = createInterface({ input, output });
  let interrupted = false;
  lines.once('SIGINT', () => {
    interrupted = true;
    lines.close();
  });
  const closed = once(lines, 'close').then(() => '');
  // Ctrl-D ends the question without an answer: that is a no.
  const asked = lines.question(`${question}\nType yes to go on: `).catch(() => '');
  const answer = await Promise.race([asked, closed]);
  lines.close();
  if (interrupted) {
    output.write('\n');
    throw new Problem('INTERRUPTED', 'Interrupted at the question.', {
      state: UNCHANGED,
      next: 'the same command again',
    });
  }
  return /^y(es)?$/i.test(answer.trim());
}
