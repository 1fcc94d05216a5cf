import { type Asking, typed } from './question.ts';

/**
 * Asks for a choice or another answer on the terminal. Undefined is no answer: nothing was typed, there is no terminal, or
 * --yes says that nobody is there.
 * @throws Problem INTERRUPTED on Ctrl-C
 */
export async function ask(question: string, choices: readonly string[], asking: Asking): Promise<string | undefined> {
  const { input, output, yes } = asking;
  if (yes || !input.isTTY || !output.isTTY) return undefined;
  const listed = choices.map((choice, i) => `  ${i + 1}  ${choice}\n`).join('');
  const how = choices.length > 0 ? 'A number, or another answer' : 'Your answer';
  const answer = await typed(`${question}\n${listed}${how}; Enter leaves it open: `, asking);
  if (answer === '') return undefined;
  return /^\d+$/.test(answer) ? (choices[Number(answer) - 1] ?? answer) : answer;
}
