import type { Context } from '../commands/context.ts';
import type { Result } from '../output/types.ts';

/** An option or argument, as commander writes it. */
export interface Parameter {
  flags: string;
  meaning: string;
  choices?: readonly string[];
  required?: boolean;
}

/** One command: what its help says, what it takes, and its module, loaded when it runs. */
export interface CommandEntry {
  name: string;
  /** Group of the help: the moment of a migration it belongs to. */
  moment: 'Prepare' | 'Cut over' | 'Go back' | 'Evidence' | 'Afterwards' | 'See it work';
  summary: string;
  about: string;
  examples: readonly string[];
  arguments?: readonly Parameter[];
  options?: readonly Parameter[];
  load: () => Promise<(context: Context, options: never) => Promise<Result>>;
}

/** Every command, in the order of a migration. Adding one costs its file and an entry here. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'init',
    moment: 'Prepare',
    summary: 'write a configuration to start from',
    about: 'Writes a commented configuration to --config. It never overwrites a file.',
    examples: ['creditshift init --example guardian'],
    options: [{ flags: '--example <name>', meaning: 'the configuration to copy: guardian' }],
    load: async () => (await import('../commands/init.ts')).init,
  },
  {
    name: 'inspect',
    moment: 'Prepare',
    summary: 'analyse the database before anything is changed',
    about:
      'Reads what the migration will meet: tables, policies, privileges, functions, balances by plan, and conflicts.\nOne read-only transaction; it works before and after a migration.',
    examples: ['creditshift inspect --database-url postgres://dba@db.example/guardian'],
    load: async () => (await import('../commands/inspect.ts')).inspect,
  },
  {
    name: 'status',
    moment: 'Evidence',
    summary: 'where the database stands, and what to do next',
    about:
      'Shows state, steps with their times, runs, the lease and what waits for a decision. It needs no configuration.',
    examples: ['creditshift status --json'],
    load: async () => (await import('../commands/status.ts')).status,
  },
];
