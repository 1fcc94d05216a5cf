import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Account } from '../../src/disposable/account.ts';

/** $1 is the signal that ends the server. Its output, and nothing else, is ours: it closes when the server ends. */
const SCRIPT = `
signal=$1
shift
"$@" </dev/null 2>&1 &
exec >/dev/null 2>&1
read -r end
kill -"$signal" $!
wait`;

export interface Daemon {
  account: Account;
  /** Program and arguments. */
  command: readonly [string, ...string[]];
  /** What it says when it takes connections. */
  ready: RegExp;
  signal: 'TERM' | 'QUIT';
}

/** Runs a server in the foreground until `stop`, or until this process ends, however it ends. */
export async function runDaemon({ account, command, ready, signal }: Daemon): Promise<{ stop: () => Promise<void> }> {
  const child = spawn('/bin/sh', ['-c', SCRIPT, 'daemon', signal, ...command], {
    ...account,
    cwd: '/',
    detached: true,
    env: { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const ended = once(child, 'close');
  let output = '';
  await new Promise<void>((done, fail) => {
    child.stdout.setEncoding('utf8').on('data', text => {
      output += text;
      if (ready.test(output)) done();
    });
    child.stdout.on('end', () => fail(new Error(`${command[0]} did not start: ${output}`)));
  });
  return {
    stop: async () => {
      child.stdin.end();
      await ended;
    },
  };
}
