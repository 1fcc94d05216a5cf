import type { Context } from '../commands/session/context.ts';
import { hasPassword, mask } from '../output/mask.ts';
import type { ProgressView } from '../output/progress.ts';
import { EXIT } from '../problems.ts';
import { ask } from './ask.ts';
import { confirm } from './confirm.ts';
import { type GlobalOptions, type Invocation, parse } from './parse.ts';
import { listenForSignals } from './signals.ts';
import { endOnClosedPipe, humanTerminal, jsonTerminal, type Terminal, terminalFor, widthOf } from './terminal.ts';

/** Runs one command line and returns its exit code. Here, and only here, the environment is read. */
export async function main(argv: readonly string[]): Promise<number> {
  endOnClosedPipe();
  let terminal = argv.includes('--json') ? jsonTerminal : humanTerminal;
  try {
    const invocation = parse(argv, text => process.stdout.write(mask(text)), widthOf(process.stdout));
    if (!invocation) return EXIT.done;
    terminal = terminalFor(invocation.globals, invocation.options);
    return await execute(invocation, terminal);
  } catch (error) {
    const { problemOf } = await import('../output/problem.ts');
    const problem = problemOf(error);
    await terminal.problem(problem);
    return problem.exitCode;
  }
}

async function execute({ entry, options, globals }: Invocation, terminal: Terminal): Promise<number> {
  const view = await terminal.progress();
  const signals = listenForSignals(() => view.show({ event: 'note', text: STOPPING }));
  try {
    for (const [option, url] of [
      ['--database-url', globals.databaseUrl],
      ['--from', options.from],
      ['--server', options.server],
    ] as const)
      if (hasPassword(String(url ?? ''))) view.show({ event: 'note', text: visiblePassword(option) });
    const command = await entry.load();
    const { warningsOf } = await import('../database/libpq/resolve.ts');
    const context = contextOf(globals, view, signals.stopping);
    for (const text of warningsOf(context.target)) view.show({ event: 'note', text: `Warning: ${text}` });
    const result = await command(context, options as never);
    view.clear();
    await terminal.result(result);
    return result.exitCode ?? EXIT.done;
  } finally {
    view.clear();
    signals.release();
  }
}

const STOPPING = 'Stopping at the next safe point; a second signal ends at once. What is committed is kept.';
const visiblePassword = (option: string) =>
  `Warning: others on this machine can read the password in ${option}; give it by ${option === '--database-url' ? 'DATABASE_URL or ' : ''}PGPASSWORD.`;

function contextOf(globals: GlobalOptions, view: ProgressView, stopping: () => boolean): Context {
  const yes = globals.yes ?? false;
  const asking = { input: process.stdin, output: process.stderr, yes };
  return {
    folder: process.cwd(),
    target: { url: globals.databaseUrl || process.env.DATABASE_URL || undefined, environment: process.env },
    configPath: globals.config,
    progress: view.show,
    confirm: question => {
      view.clear();
      return confirm(question, asking);
    },
    ask: (question, choices) => {
      view.clear();
      return ask(question, choices, asking);
    },
    unattended: yes,
    stopping,
  };
}
