import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { unavailable } from './unavailable.ts';

/** Whom the server's processes run as, in the form that `spawn` takes; empty for the user who runs node. */
export type Account = { readonly uid?: number; readonly gid?: number };

/** PostgreSQL refuses to run as root: then it runs as nobody, whom no one has to create. */
export function serverAccount(): Account {
  return process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
}

/** The folder for temporary files that the server's account can use: TMPDIR may be private to root. */
export function temporaryFolder(account: Account): string {
  const usable = [resolve(tmpdir()), '/tmp'].find(
    folder => spawnSync('/bin/sh', ['-c', 'test -w "$1"', 'sh', folder], { ...account }).status === 0,
  );
  return (
    usable ??
    unavailable(
      `The server can write neither to ${tmpdir()} nor to /tmp.`,
      'Set TMPDIR to a folder that every user may write to.',
      [],
    )
  );
}
