import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { Problem } from '../problems.ts';

/** Where questions are asked: on stderr, so that stdout stays the result. */
export interface Asking {
  input: NodeJS.ReadStream;
  output: NodeJS.WriteStream;
  /** --yes */
  yes: boolean;
}

export const UNCHANGED = 'This run changed nothing.';

/**
 * What is typed at a prompt, without the spaces around it; Ctrl-D is no answer.
 * @throws Problem INTERRUPTED on Ctrl-C
 */
export async function typed(prompt: string, { input, output }: Asking): Promise<string> {
  const lines = createInterface({ input, output });
  let interrupted = false;
  lines.once('SIGINT', () => {
    interrupted = true;
    lines.close();
  });
  const closed = once(lines, 'close').then(() => '');
  const asked = lines.question(prompt).catch(() => '');
  const answer = await Promise.race([asked, closed]);
  lines.close();
  if (interrupted) {
    output.write('\n');
    throw new Problem('INTERRUPTED', 'Interrupted at the question.', {
      state: UNCHANGED,
      next: 'the same command again',
    });
  }
  return answer.trim();
}
