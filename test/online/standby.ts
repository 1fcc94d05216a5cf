import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFileSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { inject } from 'vitest';
import { connect } from '../../src/database/connect.ts';
import { type Account, serverAccount, temporaryFolder } from '../../src/disposable/account.ts';
import { runnableBinaries } from '../../src/disposable/binaries.ts';
import { installedPackage } from '../../src/disposable/package.ts';
import { freePort } from '../../src/disposable/port.ts';
import { runDaemon } from './daemon.ts';

/** A primary and its streaming standby, on loopback. */
export interface Pair {
  primary: string;
  standby: string;
  /** Resolves when the standby has replayed what the primary has written by now. */
  caughtUp: () => Promise<void>;
  pauseReplay: () => Promise<void>;
  resumeReplay: () => Promise<void>;
  stop: () => Promise<void>;
}

/** application_name of the standby, as the primary's throttle knows it. */
export const STANDBY = 'creditshift_standby';

const PASSWORD = randomBytes(24).toString('base64url');

/** Starts the pair: the standby is a copy of the fresh primary, made before either runs. */
export async function startPair(): Promise<Pair> {
  const account = serverAccount();
  const place = temporaryFolder(account);
  const programs = runnableBinaries(installedPackage(inject('postgres')), place, account).folder;
  const folder = mkdtempSync(join(place, 'creditshift-pair-'));
  chownSync(folder, account.uid ?? -1, account.gid ?? -1);
  const data = { primary: join(folder, 'primary'), standby: join(folder, 'standby') };
  createCluster(programs, data.primary, folder, account);
  runAs(account, 'cp', ['-a', data.primary, data.standby]);
  const [port, other] = [await freePort(), await freePort()];
  writeFileSync(join(data.standby, 'standby.signal'), '');
  appendFileSync(
    join(data.standby, 'postgresql.auto.conf'),
    `primary_conninfo = 'host=127.0.0.1 port=${port} user=postgres password=${PASSWORD} application_name=${STANDBY}'\n`,
  );
  const run = (directory: string, port: number) =>
    runDaemon({
      account,
      command: [join(programs, 'postgres'), '-D', directory, '-F', '-p', String(port), ...SETTINGS],
      ready: /ready to accept/,
      signal: 'QUIT',
    });
  const servers = [await run(data.primary, port), await run(data.standby, other)];
  const url = (port: number) => `postgres://postgres:${PASSWORD}@127.0.0.1:${port}/postgres`;
  const [primary, standby] = [url(port), url(other)];
  const { close, ...replay } = await replayOf(primary, standby);
  return {
    primary,
    standby,
    ...replay,
    stop: async () => {
      await close();
      for (const server of servers.reverse()) await server.stop();
      rmSync(folder, { recursive: true });
    },
  };
}

const SETTINGS = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'dynamic_shared_memory_type=mmap'].flatMap(
  setting => ['-c', setting],
);

function createCluster(programs: string, data: string, folder: string, account: Account): void {
  const password = join(folder, 'password');
  writeFileSync(password, PASSWORD);
  const access = ['--username=postgres', '--auth=scram-sha-256', `--pwfile=${password}`];
  const format = ['--encoding=UTF8', '--locale=C', '--no-sync'];
  runAs(account, join(programs, 'initdb'), ['-D', data, ...access, ...format]);
}

function runAs(account: Account, program: string, args: readonly string[]): void {
  const options = { ...account, cwd: '/', env: { PATH: process.env.PATH, LC_ALL: 'C' }, encoding: 'utf8' } as const;
  const { status, stderr } = spawnSync(program, args, options);
  if (status !== 0) throw new Error(`${program}: ${stderr}`);
}

/** How the standby follows. */
async function replayOf(primary: string, standby: string) {
  const { sql: writer } = await connect({ url: primary, environment: {} });
  const { sql: reader } = await connect({ url: standby, environment: {} });
  const holds = async (condition: () => Promise<boolean>) => {
    while (!(await condition())) await pause(10);
  };
  return {
    caughtUp: async () => {
      const [now] = await writer<{ lsn: string }[]>`select pg_current_wal_insert_lsn()::text as lsn`;
      await holds(async () => {
        const [row] = await reader<{ there: boolean }[]>`
          select pg_last_wal_replay_lsn() >= ${now?.lsn ?? ''}::text::pg_lsn as there`;
        return row?.there ?? false;
      });
    },
    pauseReplay: async () => {
      await reader`select pg_wal_replay_pause()`;
      await holds(async () => (await reader`select pg_get_wal_replay_pause_state() as is`)[0]?.is === 'paused');
    },
    resumeReplay: async () => void (await reader`select pg_wal_replay_resume()`),
    close: () => Promise.all([writer.end({ timeout: 1 }), reader.end({ timeout: 1 })]),
  };
}
