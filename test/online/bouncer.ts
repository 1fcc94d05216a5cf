import { spawnSync } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { serverAccount, temporaryFolder } from '../../src/disposable/account.ts';
import { freePort } from '../../src/disposable/port.ts';
import { runDaemon } from './daemon.ts';

/** Debian puts it where a user's PATH does not look. */
const PROGRAM = ['pgbouncer', '/usr/sbin/pgbouncer'].find(name => spawnSync(name, ['--version']).status === 0);

/** A PgBouncer in transaction mode, on loopback, before a server. */
export interface Bouncer {
  /** The same database, through the pooler. */
  through: (url: string) => string;
  stop: () => Promise<void>;
}

/** Starts one before the server of `url`; undefined where PgBouncer is not installed. */
export async function startBouncer(url: string): Promise<Bouncer | undefined> {
  if (!PROGRAM) return undefined;
  const { hostname, port, username, password } = new URL(url);
  const account = serverAccount();
  const folder = mkdtempSync(join(temporaryFolder(account), 'creditshift-bouncer-'));
  const listen = await freePort();
  const users = join(folder, 'users');
  writeFileSync(users, `"${decodeURIComponent(username)}" "${decodeURIComponent(password)}"\n`);
  const settings = join(folder, 'pgbouncer.ini');
  writeFileSync(
    settings,
    `[databases]
* = host=${hostname} port=${port || 5432}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${listen}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${users}
pool_mode = transaction
default_pool_size = 10
`,
  );
  const { uid = -1, gid = -1 } = account;
  for (const path of [folder, users, settings]) chownSync(path, uid, gid);
  const command = [PROGRAM, settings] as const;
  const daemon = await runDaemon({ account, command, ready: /process up/, signal: 'TERM' });
  return {
    through: url => {
      const pooled = new URL(url);
      pooled.host = `127.0.0.1:${listen}`;
      return pooled.href;
    },
    stop: async () => {
      await daemon.stop();
      rmSync(folder, { recursive: true });
    },
  };
}
