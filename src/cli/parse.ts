import { Argument, Command, CommanderError, Option } from 'commander';
import { wrap } from '../output/width.ts';
import { EXIT, Problem, UNTOUCHED } from '../problems.ts';
import { didYouMean } from '../similar.ts';
import { version } from '../version.ts';
import { COMMANDS } from './commands.ts';
import type { CommandEntry, Parameter } from './entry.ts';
import { GLOBAL_OPTIONS } from './global-options.ts';
import { examplesOf, formatItem, HELP_WIDTH } from './help.ts';

/** Options that every command takes. */
export interface GlobalOptions {
  databaseUrl?: string;
  config: string;
  json?: boolean;
  yes?: boolean;
  quiet?: boolean;
}

/** One command line, understood. */
export interface Invocation {
  entry: CommandEntry;
  options: Record<string, unknown>;
  globals: GlobalOptions;
}

/**
 * Understands a command line. `columns`: as many as the help may take. Help and version are written, and undefined comes back.
 * @throws Problem USAGE
 */
export function parse(
  argv: readonly string[],
  write: (text: string) => void,
  columns = HELP_WIDTH,
): Invocation | undefined {
  let invocation: Invocation | undefined;
  const program = buildProgram(write, Math.min(columns, HELP_WIDTH), found => {
    invocation = found;
  });
  try {
    program.parse(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === EXIT.done) return undefined;
    throw usage(error, argv);
  }
  return invocation;
}

function buildProgram(
  write: (text: string) => void,
  helpWidth: number,
  found: (invocation: Invocation) => void,
): Command {
  const program = new Command('creditshift')
    .description('Takes a live PostgreSQL database from one unified credit balance to several pools, and back.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .configureHelp({ showGlobalOptions: true, helpWidth, minWidthToWrap: 20, formatItem })
    .configureOutput({ writeOut: write, writeErr: () => {}, outputError: () => {} })
    .helpCommand(false)
    .exitOverride()
    .addHelpText(
      'after',
      `\n${wrap('Start with: creditshift init, then creditshift plan; creditshift demo shows it all, without a database of yours', helpWidth)}\n`,
    );
  for (const parameter of GLOBAL_OPTIONS) program.addOption(optionOf(parameter));
  for (const entry of COMMANDS) addCommand(program, entry, found);
  return program;
}

function addCommand(program: Command, entry: CommandEntry, found: (invocation: Invocation) => void): void {
  const command = program
    .command(entry.name)
    .summary(entry.summary)
    .description(entry.about)
    .helpGroup(`${entry.moment}:`)
    .addHelpText('after', examplesOf(entry));
  for (const parameter of entry.arguments ?? []) {
    const argument = new Argument(parameter.flags, parameter.meaning);
    command.addArgument(parameter.choices ? argument.choices(parameter.choices) : argument);
  }
  for (const parameter of entry.options ?? []) command.addOption(optionOf(parameter));
  command.action((...args: unknown[]) => {
    const named = command.registeredArguments.map((argument, i) => [argument.name(), args[i]]);
    const options = { ...Object.fromEntries(named.filter(([, value]) => value !== undefined)), ...command.opts() };
    found({ entry, options, globals: program.opts() });
  });
}

function optionOf(parameter: Parameter): Option {
  const option = new Option(parameter.flags, parameter.meaning).makeOptionMandatory(parameter.required ?? false);
  if (parameter.default !== undefined) option.default(parameter.default);
  return parameter.choices ? option.choices(parameter.choices) : option;
}

function usage(error: CommanderError, argv: readonly string[]): Problem {
  const [first = '', ...rest] = error.message.replace(/^error: /, '').split('\n');
  const command = argv.map(word => COMMANDS.find(entry => entry.name === word)).find(entry => entry !== undefined);
  const message = error.code === 'commander.help' ? 'No command was given.' : `Wrong usage: ${first}.`;
  return new Problem('USAGE', message.replace(/\.\.$/, '.'), {
    state: UNTOUCHED,
    next: command ? `creditshift ${command.name} --help` : 'creditshift --help   lists the commands',
    details: [
      ...rest.filter(line => line !== '').map(line => line.replace(/^\((.*)\)$/, '$1')),
      ...nearestChoice(first),
    ],
    cause: error,
  });
}

/** Commander itself suggests commands and options; choices it only lists. */
function nearestChoice(message: string): string[] {
  const [, given = '', choices = ''] = /'([^']*)' is invalid.*\. Allowed choices are (.*)\.$/.exec(message) ?? [];
  return choices === '' ? [] : didYouMean(given, choices.split(', '));
}
