import { spawnSync } from 'node:child_process';
import { lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Account, serverAccount } from './account.ts';

/** A pid says nothing about what another machine or container has in the same place, so the host is named too. */
export const HOST = hostname().replace(/[^\w.-]/g, '_');
const PREFIX = `creditshift-server-${HOST}-`;

/** Start of the name of every folder that lives no longer than this process. */
export const OWN_PREFIX = `${PREFIX}${process.pid}-`;

/** A private temporary folder: where this process cannot remove it, the next one to need such a folder does. */
export function ownFolder(): string {
  removeOrphans(tmpdir(), serverAccount());
  return mkdtempSync(join(tmpdir(), OWN_PREFIX));
}

/** Removes what processes of this machine left in `folder` when they died with their supervisor, as in a crash. */
export function removeOrphans(folder: string, account: Account): void {
  for (const name of readdirSync(folder)) {
    const [, pid] = (name.startsWith(PREFIX) && /^(\d+)-\w{6}$/.exec(name.slice(PREFIX.length))) || [];
    if (pid === undefined || isRunning(Number(pid))) continue;
    const orphan = join(folder, name);
    if (lstatSync(orphan, { throwIfNoEntry: false })?.uid === process.getuid?.()) {
      rmSync(orphan, { recursive: true, force: true });
    } else {
      // As the server's account: root must not follow what another user may have planted.
      spawnSync('rm', ['-rf', orphan], { ...account, stdio: 'ignore' });
    }
  }
}

/** Whether there is a process of this number on this machine. */
export function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
