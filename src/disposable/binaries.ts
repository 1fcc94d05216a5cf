import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Account } from './account.ts';
import { cachedCopy } from './copy.ts';
import type { PlatformPackage } from './package.ts';
import { unavailable } from './unavailable.ts';

/** Where initdb and postgres lie, and which PostgreSQL they are. */
export interface Binaries {
  readonly folder: string;
  readonly version: string;
}

/** The package's programs where they lie if the account can run them there, else those of a copy below `place`. */
export function runnableBinaries(source: PlatformPackage, place: string, account: Account): Binaries {
  const found = [() => source, () => cachedCopy(source, place)];
  let complaint = '';
  for (const locate of found) {
    const folder = join(locate().folder, 'native', 'bin');
    // initdb runs postgres too, so this proves both programs, their libraries and the account.
    const { error, stderr } = spawnSync(join(folder, 'initdb'), ['--show', '-D', '/'], {
      ...account,
      cwd: '/',
      env: { LC_ALL: 'C' },
      encoding: 'utf8',
    });
    const version = /^VERSION=(.*)$/m.exec(stderr ?? '')?.[1];
    if (version) return { folder, version };
    complaint = error?.message ?? stderr;
  }
  return unavailable(
    'The embedded PostgreSQL does not run on this machine.',
    'Name docker instead of embedded, or the URL of a server where databases may be created.',
    complaint.trim().split('\n'),
  );
}
