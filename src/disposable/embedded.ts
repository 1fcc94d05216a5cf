import { randomBytes } from 'node:crypto';
import { serverAccount, temporaryFolder } from './account.ts';
import { runnableBinaries } from './binaries.ts';
import { databasesOf } from './databases.ts';
import { removeOrphans } from './orphans.ts';
import { installedPackage } from './package.ts';
import { freePort } from './port.ts';
import type { DisposableServer } from './server.ts';
import { StartFailed, supervise } from './supervisor.ts';
import { unavailable } from './unavailable.ts';

const ATTEMPTS = 5;

/**
 * Starts the PostgreSQL that comes as an npm package, on loopback, with a password that nothing else knows.
 * @param major version, one of EMBEDDED
 * @param settings of the server, by name
 * @param choosePort asked again where the port is taken
 */
export async function startEmbedded(
  major: string,
  settings: Readonly<Record<string, string>> = {},
  choosePort = freePort,
): Promise<DisposableServer> {
  const account = serverAccount();
  const place = temporaryFolder(account);
  removeOrphans(place, account);
  const { folder: programs, version } = runnableBinaries(installedPackage(major), place, account);
  const password = randomBytes(24).toString('base64url');
  const { port, stop } = await onFreePort(choosePort, port =>
    supervise({ account, place, programs, port, password, settings }),
  );
  const url = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
  return { label: `embedded PostgreSQL ${version}`, url, ...databasesOf(url), stop };
}

async function onFreePort(choosePort: () => Promise<number>, start: (port: number) => Promise<() => Promise<void>>) {
  for (let attempt = 1; ; attempt++) {
    const port = await choosePort();
    try {
      return { port, stop: await start(port) };
    } catch (error) {
      if (!(error instanceof StartFailed)) throw error;
      // Another program can take the port between our look and the server's start.
      if (attempt < ATTEMPTS && error.message.includes('Address already in use')) continue;
      unavailable(
        'The embedded PostgreSQL did not start.',
        'Mend what its log complains about, or name docker or a postgres:// URL instead of embedded.',
        error.message.trim().split('\n'),
        error,
      );
    }
  }
}
