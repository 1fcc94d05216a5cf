import { Problem } from '../problems.ts';
import { type Asking, typed, UNCHANGED } from './question.ts';

/**
 * Asks a yes-or-no question on the terminal; --yes answers it.
 * @throws Problem NOT_CONFIRMED without a terminal and without --yes; INTERRUPTED on Ctrl-C
 */
export async function confirm(question: string, asking: Asking): Promise<boolean> {
  const { input, output, yes } = asking;
  if (yes) return true;
  if (!input.isTTY || !output.isTTY) {
    throw new Problem('NOT_CONFIRMED', 'This has to be confirmed, and there is no terminal to ask on.', {
      state: UNCHANGED,
      next: 'the same command with --yes, or on a terminal',
      details: question.split('\n'),
    });
  }
  return /^y(es)?$/i.test(await typed(`${question}\nType yes to go on: `, asking));
}
