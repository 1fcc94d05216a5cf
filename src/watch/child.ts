import { spawn } from 'node:child_process';

/** Characters of output that are kept: the last ones, where failures are told. */
const KEPT = 8000;
/** Milliseconds between asking a child to end and ending it. */
const GRACE = 2000;
/** Milliseconds that output may still come after the end: a child of the child may hold the pipe for ever. */
const LINGER = 100;

/** How a child program ended. */
export interface Ended {
  /** Null where it could not be started, or a signal ended it. */
  exit: number | null;
  timedOut: boolean;
  milliseconds: number;
  /** The end of what it wrote to both streams, or why it could not be started. */
  output: string;
}

/** Where and how a child runs. */
export interface Surroundings {
  folder: string;
  environment: Readonly<Record<string, string | undefined>>;
  /** Milliseconds after which it and its children are ended. */
  timeout: number;
}

/** Runs a program without a shell, `input` on its stdin, in a process group of its own. Never throws. */
export function runChild(
  [program = '', ...args]: readonly string[],
  input: string,
  where: Surroundings,
): Promise<Ended> {
  const started = performance.now();
  return new Promise(done => {
    const child = spawn(program, args, { cwd: where.folder, env: { ...where.environment }, detached: true });
    let output = '';
    let timedOut = false;
    const end = (signal: NodeJS.Signals) => {
      try {
        if (child.pid) process.kill(-child.pid, signal);
      } catch {
        // It ended by itself.
      }
    };
    const timers = [
      setTimeout(() => {
        timedOut = true;
        end('SIGTERM');
      }, where.timeout),
      setTimeout(() => end('SIGKILL'), where.timeout + GRACE),
    ];
    const finish = (exit: number | null) => {
      for (const timer of timers) clearTimeout(timer);
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
      done({ exit, timedOut, milliseconds: Math.round(performance.now() - started), output });
    };
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output = (output + text).slice(-KEPT);
      });
    }
    child.once('error', error => {
      output = error.message;
      finish(null);
    });
    child.once('close', exit => finish(exit));
    child.once('exit', exit => timers.push(setTimeout(() => finish(exit), LINGER)));
    // It need not read what it is told.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}
