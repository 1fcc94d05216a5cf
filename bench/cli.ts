import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';

/** The project's folder, from where this file is compiled to. */
export const root = join(import.meta.dirname, '../../..');
export const bin = join(root, 'bin/creditshift.js');

/** A finished step, as `--json` tells it. */
interface Finished {
  step: string;
  milliseconds: number;
  heldMilliseconds?: number;
}

/** What one run of the command line cost. */
export interface CliRun {
  seconds: number;
  /** High-water mark of its resident memory in MB; NaN where /proc has none. */
  peak: number;
  steps: Finished[];
  document: { seconds?: number };
}

/** Runs creditshift as a user would; throws with what it wrote when it fails. */
export async function creditshift(url: string, config: string, ...args: string[]): Promise<CliRun> {
  const started = performance.now();
  const child = spawn(process.execPath, [bin, ...args, '--json', '--yes', '--config', config], {
    cwd: join(config, '..'),
    env: { PATH: process.env.PATH, DATABASE_URL: url },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [output, messages] = [collect(child.stdout), collect(child.stderr)];
  let peak = Number.NaN;
  const watch = setInterval(() => {
    peak = memoryOf(child.pid) ?? peak;
  }, 50);
  const [code] = await once(child, 'close');
  clearInterval(watch);
  const [text, lines] = [output(), messages()];
  if (code !== 0) throw new Error(`creditshift ${args.join(' ')} ended with ${code}:\n${(lines + text).slice(-2000)}`);
  const events = lines
    .split('\n')
    .filter(line => line.startsWith('{'))
    .map(line => JSON.parse(line) as Finished & { event: string });
  return {
    seconds: (performance.now() - started) / 1000,
    peak,
    steps: events.filter(e => e.event === 'done'),
    document: JSON.parse(text),
  };
}

function collect(stream: NodeJS.ReadableStream): () => string {
  let text = '';
  stream.setEncoding('utf8').on('data', more => {
    text += more;
  });
  return () => text;
}

function memoryOf(pid: number | undefined): number | undefined {
  try {
    const [, kilobytes] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return kilobytes ? Number(kilobytes) / 1024 : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The reference configuration with pools that a bench cannot empty, in a folder of its own; returns its path.
 * @param workers ranges of organizations that are allocated at once
 */
export function benchConfig(workers = 1): string {
  const config = parse(readFileSync(join(root, 'examples/guardian.yaml'), 'utf8')) as {
    plans: Record<string, { grant?: Record<string, number> }>;
    batch: { workers: number };
  };
  config.batch.workers = workers;
  for (const { grant } of Object.values(config.plans)) if (grant) grant.ai = 1_000_000_000;
  const path = join(mkdtempSync(join(tmpdir(), 'creditshift-bench-')), 'creditshift.yaml');
  writeFileSync(path, JSON.stringify(config));
  return path;
}
