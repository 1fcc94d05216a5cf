import { COMMANDS } from '../commands.ts';
import type { Parameter } from '../entry.ts';
import { GLOBAL_OPTIONS } from '../global-options.ts';

/** What may stand for an option's value or an argument: names, a path, or anything. */
export type Value = { kind: 'names'; names: readonly string[] } | { kind: 'file' | 'folder' | 'anything' };

/** An option or argument, as a shell completes it. */
export interface Completed {
  /** `--to`; of an argument its name in the help. */
  name: string;
  meaning: string;
  /** What `<…>` stands for; absent where the option takes none. */
  value?: { name: string } & Value;
}

/** A command with all that may follow it. */
export interface CompletedCommand {
  name: string;
  summary: string;
  options: Completed[];
  arguments: Completed[];
}

const PATHS: Record<string, 'file' | 'folder'> = { file: 'file', folder: 'folder', archive: 'folder' };

/** Options of every command, `--help` among them. */
export const globalOptions = (): Promise<Completed[]> =>
  Promise.all([...GLOBAL_OPTIONS, { flags: '--help', meaning: 'print help' }].map(completed));

/** Every command, from the same entries as its help. */
export const completedCommands = (): Promise<CompletedCommand[]> =>
  Promise.all(
    COMMANDS.map(async ({ name, summary, options = [], arguments: positional = [] }) => ({
      name,
      summary,
      options: await Promise.all(options.map(completed)),
      arguments: await Promise.all(positional.map(completed)),
    })),
  );

async function completed({ flags, meaning, choices, names }: Parameter): Promise<Completed> {
  const option = /--[\w-]+/.exec(flags)?.[0];
  const placeholder = /[<[]([^>\]]+)[>\]]/.exec(flags)?.[1]?.replace('...', '');
  const known = choices ?? (await names?.());
  const value: Value = known ? { kind: 'names', names: known } : { kind: PATHS[placeholder ?? ''] ?? 'anything' };
  return {
    name: option ?? placeholder ?? flags,
    meaning,
    ...(placeholder !== undefined && { value: { name: placeholder, ...value } }),
  };
}
