import type { Result } from '../../output/types.ts';
import { bashScript } from './bash.ts';
import { fishScript } from './fish.ts';
import { completedCommands, globalOptions } from './words.ts';
import { zshScript } from './zsh.ts';

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;

/** The completion script of a shell, made from the same entries as the help. It needs no database. */
export async function completion(_: unknown, { shell }: { shell: keyof typeof SCRIPTS }): Promise<Result> {
  const script = SCRIPTS[shell](await globalOptions(), await completedCommands());
  return { document: { shell, script }, blocks: [{ kind: 'verbatim', text: script }] };
}
