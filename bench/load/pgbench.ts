import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { processEnvironment } from '../environment.ts';
import type { Load, Script } from './load.ts';

/** pgbench's first line of --version, where it is installed. */
export function pgbenchVersion(): string | undefined {
  const { status, stdout } = spawnSync('pgbench', ['--version'], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

/** PostgreSQL's own load generator, with prepared statements. */
export const pgbench = (version: string): Load => ({
  label: version,
  closed: (url, script, clients, seconds) =>
    inFolder(async folder => {
      const run = start(url, folder, script, clients, ['--time', String(seconds)]);
      const output = await run.finished;
      const rate = /^tps = ([\d.]+)/m.exec(output)?.[1];
      if (run.child.exitCode !== 0 || rate === undefined) throw new Error(`pgbench ${script.name}:\n${output}`);
      return Number(rate);
    }),
  open: (url, script, clients, rate, during) =>
    inFolder(async folder => {
      const run = start(url, folder, script, clients, [
        '--time',
        '86400',
        '--rate',
        String(rate),
        '--log',
        '--log-prefix',
        join(folder, 'latency'),
      ]);
      let errors = 0;
      try {
        await during();
      } finally {
        errors = run.aborted();
        await endClients(url);
        await run.finished;
      }
      return { milliseconds: latencies(folder), errors };
    }),
});

async function inFolder<T>(body: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'creditshift-bench-'));
  try {
    return await body(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

interface Running {
  child: ChildProcess;
  /** Clients that met an error and stopped. */
  aborted: () => number;
  finished: Promise<string>;
}

function start(url: string, folder: string, script: Script, clients: number, options: readonly string[]): Running {
  const file = join(folder, 'script.sql');
  writeFileSync(file, textOf(script));
  const fixed = ['--no-vacuum', '--protocol=prepared', '--client', String(clients), '--jobs', clients > 1 ? '2' : '1'];
  const child = spawn('pgbench', [...fixed, ...options, '--file', file], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...processEnvironment(url), PGAPPNAME: 'bench load' },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', text => {
      output += text;
    });
  }
  return {
    child,
    aborted: () => output.match(/ aborted in /g)?.length ?? 0,
    finished: once(child, 'close').then(() => output),
  };
}

const textOf = ({ upTo, statements }: Script): string =>
  [
    `\\set n random(1, ${upTo})`,
    ...statements.map(({ text, returns }) => text + (returns ? '\n\\gset' : ';')),
    '',
  ].join('\n');

/** pgbench writes its log only when it ends by itself: so its sessions are ended, and it follows. */
async function endClients(url: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  await sql`select pg_terminate_backend(pid) from pg_stat_activity
             where application_name = 'bench load' and datname = current_database()`;
  await sql.end({ timeout: 1 });
}

/** The third column is the time from when the transaction was due, in microseconds. */
function latencies(folder: string): number[] {
  return readdirSync(folder)
    .filter(name => name.startsWith('latency'))
    .flatMap(name => readFileSync(join(folder, name), 'utf8').trim().split('\n'))
    .map(line => Number(line.split(' ')[2]) / 1000)
    .filter(Number.isFinite)
    .sort((a, b) => a - b);
}
