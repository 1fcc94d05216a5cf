import { accessSync, constants, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { mask } from '../output/mask.ts';
import type { ProgressView } from '../output/progress.ts';
import type { Block, Result } from '../output/types.ts';
import { EXIT, Problem, UNTOUCHED } from '../problems.ts';
import type { GlobalOptions, Invocation } from './parse.ts';

/** Columns for tables where no terminal says how many there are. */
const WIDTH = 100;

/** What the program shows, on which stream and in which form. */
export interface Terminal {
  result: (result: Result) => Promise<void>;
  problem: (problem: Problem) => Promise<void>;
  progress: () => Promise<ProgressView>;
}

/** For people: results on stdout, progress and problems on stderr. */
export const humanTerminal: Terminal = {
  result: async ({ blocks }) => (await blockWriter(process.stdout))(blocks),
  problem: async problem => {
    const { problemBlocks } = await import('../output/problem.ts');
    (await blockWriter(process.stderr))(problemBlocks(problem));
  },
  progress: async () => {
    const { lineProgress, spinnerProgress } = await import('../output/progress.ts');
    const stream = process.stderr;
    const tell = await blockWriter(process.stdout);
    return stream.isTTY ? spinnerProgress(stream, hasColor(stream), tell) : lineProgress(t => stream.write(t), tell);
  },
};

/** For programs: one document on stdout, problems too; progress as JSON lines on stderr. */
export const jsonTerminal: Terminal = {
  result: async ({ document }) => writeJson(document),
  problem: async problem => writeJson((await import('../output/problem.ts')).problemDocument(problem)),
  progress: async () => (await import('../output/progress.ts')).jsonProgress(text => process.stderr.write(text)),
};

/** For CI systems: findings on stdout in their format, all else as for people. */
const findingsTerminal = (format: 'junit' | 'github'): Terminal => ({
  ...humanTerminal,
  async problem(problem) {
    if (format === 'github') process.stdout.write((await import('../output/github.ts')).renderError(problem));
    await humanTerminal.problem(problem);
  },
  async result(result) {
    if (!result.findings) return humanTerminal.result(result);
    const { results, summary } = result.findings;
    if (format === 'junit') {
      process.stdout.write((await import('../output/junit.ts')).renderJunit(results));
      return;
    }
    process.stdout.write((await import('../output/github.ts')).renderAnnotations(results));
    (await blockWriter(process.stdout))([summary]);
  },
});

/** Formats of what a command shows; a file that one writes has formats of its own. */
const FORMATS: unknown[] = ['table', 'junit', 'github'];

/**
 * The terminal that --json, --quiet, --format and --junit ask for.
 * @throws Problem USAGE when --json and --format are given, or --junit cannot be written
 */
export function terminalFor({ json = false, quiet = false }: GlobalOptions, options: Invocation['options']): Terminal {
  const { format, junit } = options;
  if (json && FORMATS.includes(format)) {
    throw new Problem('USAGE', '--json and --format name two forms of one output.', {
      state: UNTOUCHED,
      next: 'leave out one of them',
    });
  }
  const shown = json
    ? jsonTerminal
    : format === 'junit' || format === 'github'
      ? findingsTerminal(format)
      : humanTerminal;
  const terminal = quiet ? quietTerminal(shown) : shown;
  return typeof junit === 'string' ? withJunit(terminal, junit) : terminal;
}

/** Only what is wrong, and the verdict; a form for programs stays whole. */
const quietTerminal = (terminal: Terminal): Terminal => ({
  ...terminal,
  result: async result => {
    const { verdict } = await import('../output/quiet.ts');
    await terminal.result(terminal === humanTerminal ? { ...result, blocks: verdict(result) } : result);
  },
  progress: async () => (await import('../output/quiet.ts')).onlyProblems(await terminal.progress()),
});

/** Writes the findings into a file too, so that one run serves two readers. */
function withJunit(terminal: Terminal, file: string): Terminal {
  try {
    accessSync(dirname(file), constants.W_OK);
  } catch (cause) {
    throw new Problem('USAGE', `${file} cannot be written: ${(cause as Error).message}.`, {
      state: UNTOUCHED,
      next: 'name a file in a folder that is there by --junit',
      cause,
    });
  }
  return {
    ...terminal,
    result: async result => {
      if (result.findings)
        writeFileSync(file, (await import('../output/junit.ts')).renderJunit(result.findings.results));
      await terminal.result(result);
    },
  };
}

async function blockWriter(stream: NodeJS.WriteStream): Promise<(blocks: Block[]) => void> {
  const { renderBlocks } = await import('../output/human.ts');
  const most = widthOf(stream);
  const style = { color: hasColor(stream), width: most ?? WIDTH, ...(most !== undefined && { most }) };
  return blocks => stream.write(mask(renderBlocks(blocks, style)));
}

async function writeJson(document: Record<string, unknown>): Promise<void> {
  const { renderJson } = await import('../output/json.ts');
  process.stdout.write(renderJson(document));
}

/** What NO_COLOR and FORCE_COLOR say; FORCE_COLOR wins, as in Node itself (tty.WriteStream.getColorDepth). */
function hasColor(stream: NodeJS.WriteStream): boolean {
  const { FORCE_COLOR: forced, NO_COLOR: none, TERM: terminal } = process.env;
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return stream.isTTY === true && !none && terminal !== 'dumb';
}

/** Columns of the terminal; where there is none, those that COLUMNS asks for, if it does. */
export function widthOf(stream: NodeJS.WriteStream): number | undefined {
  const asked = Number(process.env.COLUMNS);
  return stream.columns ?? (Number.isInteger(asked) && asked > 0 ? asked : undefined);
}

/** A reader that went away (`creditshift plan --sql | head`) ends the program without a word. */
export function endOnClosedPipe(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(EXIT.done);
    throw error;
  });
}
