import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect } from 'vitest';

const root = resolve(import.meta.dirname, '../..');

/** A folder to run in, with a configuration in it where one is given. */
export function workFolder(yaml?: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'creditshift-cli-'));
  if (yaml !== undefined) writeFileSync(join(folder, 'creditshift.yaml'), yaml);
  return folder;
}

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Place {
  /** The package to run; this one where nothing is said. */
  package?: string;
  /** TMPDIR: where a server of its own goes. */
  temporary?: string;
  /** A module that is loaded before the program. */
  preload?: string;
  /** `migrate` asks for a proved backup, as it does for everybody; only the tests of that do. */
  gated?: boolean;
  /** Further variables. */
  environment?: Record<string, string>;
}

/** A running `creditshift`, without a terminal: what it wrote so far, a wait for words on stderr, and its end. */
export function start(args: readonly string[], folder: string, url?: string, place: Place = {}) {
  build();
  const program = join(place.package ?? root, 'bin/creditshift.js');
  const environment = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    ...(url && { DATABASE_URL: url }),
    ...(place.temporary && { TMPDIR: place.temporary }),
    ...place.environment,
    ...(place.preload && { NODE_OPTIONS: `--import=${place.preload}` }),
  };
  const withoutProof = args[0] === 'migrate' && !place.gated ? ['--without-backup-proof'] : [];
  const child = spawn(process.execPath, [program, ...args, ...withoutProof], { cwd: folder, env: environment });
  const written = { stdout: '', stderr: '' };
  child.stdin.end();
  child.stdout.setEncoding('utf8').on('data', text => {
    written.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', text => {
    written.stderr += text;
  });
  const ended = new Promise<Ended>(done => child.once('close', code => done({ code, ...written })));
  const says = (words: string) =>
    new Promise<void>((done, fail) => {
      const look = () => written.stderr.includes(words) && done();
      child.stderr.on('data', look);
      child.once('close', () => fail(new Error(`ended without saying "${words}": ${written.stderr}`)));
      look();
    });
  return { ended, says, kill: (signal: NodeJS.Signals) => child.kill(signal) };
}

/** Runs `creditshift` to its end. No password that went in may come out. */
export async function creditshift(args: readonly string[], folder: string, url?: string): Promise<Ended> {
  const ended = await start(args, folder, url).ended;
  for (const text of [url, ...args]) {
    const password = /:\/\/[^:/]*:([^@]+)@/.exec(text ?? '')?.[1];
    if (password) expect(ended.stdout + ended.stderr).not.toContain(password);
  }
  return ended;
}

let built = false;

/** bin/ runs dist/: makes it again where a source is newer. */
export function build(): void {
  if (built) return;
  built = true;
  const newest = (folder: string) =>
    Math.max(...readdirSync(folder, { recursive: true, encoding: 'utf8' }).map(f => statSync(join(folder, f)).mtimeMs));
  const cli = statSync(join(root, 'dist/cli.js'), { throwIfNoEntry: false });
  if (cli && newest(join(root, 'dist')) >= newest(join(root, 'src'))) return;
  execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json'], {
    cwd: root,
  });
}
