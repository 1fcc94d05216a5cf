import { readdir, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { ServerFacts, Target, Transaction } from '../../database/connect.ts';
import { Problem, UNTOUCHED } from '../../problems.ts';
import type { Watch } from '../copy-set.ts';
import { digestFile } from '../digest.ts';
import { failed, interrupted } from '../folder.ts';
import { DUMP, type DumpFile, type Manifest } from '../manifest.ts';
import { readDatabase } from './database.ts';
import { findProgram, ofServer, runProgram } from './programs.ts';

/** A full dump, or why there is none. */
export type Dumped = Pick<Manifest, 'dump' | 'withoutDump'>;

/** Tables dumped, or restored, at once. */
export const JOBS = Math.min(4, availableParallelism());

/**
 * Dumps the whole database of the snapshot of `tx` into a folder of the backup, where pg_dump is there, is no older than
 * the server, and may read everything. It holds ACCESS SHARE locks meanwhile.
 * @throws Problem BACKUP_FAILED, INTERRUPTED
 */
export async function takeDump(
  tx: Transaction,
  { server, target, watch }: { server: ServerFacts; target: Target; watch: Watch },
  partial: string,
): Promise<Dumped> {
  if (!server.direct) return { withoutDump: 'a pooler is in between, and pg_dump has to read the same snapshot' };
  const program = await findProgram('pg_dump', ofServer(server.versionNumber), target.environment);
  if (program.fault !== undefined) return { withoutDump: program.fault };
  watch.progress({ event: 'step', step: 'pg_dump', claim: 'the whole database, from the same snapshot' });
  const started = performance.now();
  const [exported] = await tx<{ snapshot: string }[]>`select pg_export_snapshot() as snapshot`;
  const database = await readDatabase(tx);
  const folder = join(partial, DUMP);
  const args = [
    '--format=directory',
    `--jobs=${JOBS}`,
    `--snapshot=${exported?.snapshot}`,
    '--lock-wait-timeout=10000',
  ];
  const { exit, errors } = await runProgram('pg_dump', [...args, `--file=${folder}`], target, {
    database: true,
    stopping: watch.stopping,
  });
  if (watch.stopping()) throw interrupted('backup');
  if (exit !== 0) return refused(errors, exit, folder);
  const files = await digestsOf(folder);
  watch.progress({ event: 'done', step: 'pg_dump', milliseconds: performance.now() - started });
  return { dump: { major: program.major, database, files } };
}

/** What the role may not read is no fault of the backup: it then has the COPY part alone, as another role would make it. */
async function refused(errors: string, exit: number | null, folder: string): Promise<Dumped> {
  const lines = errors.trim().split('\n').slice(0, 5);
  if (/permission denied|row-level security/.test(errors)) {
    await rm(folder, { recursive: true, force: true });
    return { withoutDump: lines[0] ?? '' };
  }
  if (/No space left on device|Disk quota exceeded/.test(errors)) {
    throw failed('backup', `There is no space for ${folder}.`, 'make room or name a folder on another disk');
  }
  const cause = new Problem('BACKUP_FAILED', '', { state: UNTOUCHED, next: '', details: lines });
  throw failed('backup', `pg_dump failed, with exit code ${exit}.`, 'correct the cause', cause);
}

async function digestsOf(folder: string): Promise<DumpFile[]> {
  const files: DumpFile[] = [];
  for (const name of (await readdir(folder)).sort()) {
    const digest = await digestFile(join(folder, name));
    files.push({ name, bytes: digest.bytes, sha256: digest.sha256() });
  }
  return files;
}
