import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import type { Account } from './account.ts';
import { OWN_PREFIX } from './orphans.ts';

/**
 * Outlives node and cleans up after it: the pipe on stdin closes when node ends, however it ends.
 * $1 is a template for mktemp, $2 the folder of the programs, $3 the port, what follows goes to the server; the password
 * comes on stdin.
 */
const SCRIPT = `
exec 2>&1
trap '' HUP INT TERM PIPE
read -r password || exit 1
folder=$(mktemp -d "$1") || exit 1
programs=$2 port=$3
trap 'tail -n 20 "$folder/log"; rm -rf "$folder"' EXIT
exec 3<&0 </dev/null

printf '%s\\n' "$password" >"$folder/password"
"$programs/initdb" -D "$folder/data" --username=postgres --auth=scram-sha-256 --pwfile="$folder/password" \\
  --encoding=UTF8 --locale=C --no-sync >"$folder/log" 2>&1 || exit 1
rm "$folder/password"

shift 3
"$programs/postgres" -D "$folder/data" -F -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories= \\
  -c max_connections=60 -c dynamic_shared_memory_type=mmap "$@" >"$folder/log" 2>&1 3<&- &
server=$!
# Again and again: a server that is only starting does not listen to signals yet.
{ read -r end <&3; while kill -QUIT $server; do sleep 0.1; done; } >/dev/null 2>&1 &
watcher=$!

until grep -q '^ready' "$folder/data/postmaster.pid" 2>/dev/null; do
  kill -0 $server 2>/dev/null || break
  sleep 0.02
done
kill -0 $server 2>/dev/null && echo ready
wait $server
kill -KILL $watcher
`;

export interface Start {
  readonly account: Account;
  /** Folder below which the private data folder is made. */
  readonly place: string;
  /** Folder of initdb and postgres. */
  readonly programs: string;
  readonly port: number;
  readonly password: string;
  /** Server settings that differ from ours, by name. */
  readonly settings: Readonly<Record<string, string>>;
}

/** The server did not start; the message holds the last lines of its log. */
export class StartFailed extends Error {}

/** Starts a server under a supervisor that ends it with this process, and returns what stops it. */
export async function supervise(start: Start): Promise<() => Promise<void>> {
  const { account, place, programs, port, password } = start;
  const settings = Object.entries(start.settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const template = join(place, `${OWN_PREFIX}XXXXXX`);
  const child = spawn('/bin/sh', ['-c', SCRIPT, 'creditshift', template, programs, String(port), ...settings], {
    ...account,
    cwd: '/',
    // A session of its own: Ctrl-C in the terminal reaches node only.
    detached: true,
    env: { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const exited = once(child, 'close').then(() => {});
  let output = '';
  child.stdout.setEncoding('utf8').on('data', chunk => {
    output = (output + chunk).slice(-10_000);
  });
  child.stdin.on('error', () => {}).write(`${password}\n`);
  await Promise.race([once(child.stdout, 'data'), exited]);
  if (!output.startsWith('ready\n')) {
    await exited;
    throw new StartFailed(output);
  }
  // A caller that forgets to stop the server must not hang.
  for (const handle of [child, child.stdin as Socket, child.stdout as Socket]) handle.unref();
  return async () => {
    child.ref();
    (child.stdout as Socket).ref();
    child.stdin.end();
    await exited;
  };
}
