import type { Context } from '../commands/session/context.ts';
import type { Result } from '../output/types.ts';

/** An option or argument, as commander writes it. */
export interface Parameter {
  flags: string;
  meaning: string;
  choices?: readonly string[];
  /** Names that a shell offers; others may be right too. */
  names?: () => Promise<readonly string[]>;
  /** Its value where it is not given. */
  default?: string;
  required?: boolean;
}

/** One command: what its help says, what it takes, and its module, loaded only when it runs. */
export interface CommandEntry {
  name: string;
  /** Group of the help: the moment of a migration it belongs to. */
  moment: 'Prepare' | 'Cut over' | 'Go back' | 'Evidence' | 'Afterwards' | 'See it work';
  summary: string;
  about: string;
  /** Command lines that its help shows: one of each way to use it. */
  example: string | readonly string[];
  arguments?: readonly Parameter[];
  options?: readonly Parameter[];
  load: () => Promise<(context: Context, options: never) => Promise<Result>>;
}

/** Who agreed to what is about to be done; commander makes a list of a repeated option. */
export const APPROVED_BY: Parameter = {
  flags: '--approved-by <name...>',
  meaning: 'who approved the plan, for the journal; NAME@HASH: only the plan with this hash. Repeat it for each',
};

/** Of every command that starts a throw-away server, or borrows one. */
export const serverOptions = (when = '', version = '15 embedded, 17 in a container'): readonly Parameter[] => [
  { flags: '--server <kind>', meaning: `${when}embedded (default), docker, or the URL of a server to borrow` },
  {
    flags: '--postgres <version>',
    meaning: `${when}version of the server that is started; default: ${version}`,
    choices: ['15', '16', '17', '18'],
  },
  { flags: '--image <name>', meaning: `${when}image of the container; default: postgres:VERSION` },
];

/** Of every command that has findings. */
const FORMAT: Parameter = {
  flags: '--format <format>',
  meaning: 'table (default), JUnit XML, or annotations for GitHub Actions',
  choices: ['table', 'junit', 'github'],
};
const JUNIT: Parameter = { flags: '--junit <file>', meaning: 'write the findings there too, as JUnit XML' };
export const FINDINGS = [FORMAT, JUNIT];
export const SEVERITY: Parameter = {
  flags: '--severity <least>',
  meaning: 'what counts: only failures (default), or warnings like failures',
  choices: ['warning', 'failure'],
};
