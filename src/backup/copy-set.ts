import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { type Qualified, quoteIdentifier } from '../config/names.ts';
import type { ServerFacts, Sql, Transaction } from '../database/connect.ts';
import type { Progress } from '../progress.ts';
import { version } from '../version.ts';
import type { Dumped } from './dump/take.ts';
import { failed, interrupted, intoNewFolder, writePrivate } from './folder.ts';
import { writeOneForm } from './form.ts';
import {
  allFiles,
  CHECKSUMS,
  type CopyFile,
  FORMAT,
  fileName,
  type Kind,
  MANIFEST,
  type Manifest,
  type Notes,
} from './manifest.ts';
import { type Brake, brakeOf, copyOut } from './stream.ts';
import { readCopySet } from './verify.ts';

export type { Manifest, Notes } from './manifest.ts';

/** A table, or a query over it, that becomes one file. */
export interface CopyTable {
  /** File name without its ending; unique in the set. */
  name: string;
  table: Qualified;
  columns: string[];
  /** The table has other columns too, which are not generated from these. */
  partial?: boolean;
  /** Copied instead of the table: a query with exactly these columns. */
  query?: string;
}

/** Who looks on while a copy set is written. */
export interface Watch {
  progress: Progress;
  /** True once the user asked to stop. */
  stopping: () => boolean;
}

/** File name of a table: readable, and safe in any file system. */
export const nameOf = (table: Qualified): string => encodeURIComponent(`${table.schema}.${table.name}`);

/**
 * Writes tables as COPY text files plus a manifest, all of one snapshot, and reads them back before they count.
 * @throws Problem BACKUP_FAILED or ARCHIVE_FAILED; nothing is left behind then
 */
export const writeCopySet = (
  sql: Sql,
  server: ServerFacts,
  folder: string,
  kind: Kind,
  tables: readonly CopyTable[],
  notes: Notes,
  watch?: Watch,
): Promise<Manifest> => writeSnapshot(sql, server, folder, kind, async () => ({ ...notes, tables }), watch);

/** What to copy, and what to say about it. */
type Contents = Notes & {
  tables: readonly CopyTable[];
  /** Dumps the whole database of the same snapshot into the folder given, where that can be done. */
  dump?: (partial: string) => Promise<Dumped>;
};

/** As writeCopySet; what to copy, and what to say about it, is read in the snapshot itself. */
export function writeSnapshot(
  sql: Sql,
  server: ServerFacts,
  folder: string,
  kind: Kind,
  contents: (tx: Transaction) => Promise<Contents>,
  watch: Watch = { progress: () => {}, stopping: () => false },
): Promise<Manifest> {
  return intoNewFolder(folder, kind, async partial => {
    const manifest = await inSnapshot(sql, async (tx, { createdAt, pid }): Promise<Manifest> => {
      await writeOneForm(tx);
      const { tables, dump, ...notes } = await contents(tx);
      const brake = brakeOf(sql, pid, watch.stopping, () => interrupted(kind));
      const files: CopyFile[] = [];
      for (const table of tables) files.push(await writeTable(tx, partial, table, brake, watch.progress));
      return {
        format: FORMAT,
        kind,
        createdAt,
        creditshift: version,
        database: server.database,
        systemIdentifier: server.systemIdentifier,
        serverVersion: server.version,
        ...notes,
        files,
        ...(await dump?.(partial)),
      };
    });
    await writeManifest(partial, manifest);
    watch.progress({ event: 'work', what: 'reading it back' });
    return readCopySet(partial).catch(cause => {
      throw failed(kind, `What was written to ${folder} does not read back.`, 'check the disk', cause);
    });
  });
}

/** One moment of the database, read-only. A table that row security would filter is an error, never a shorter file. */
async function inSnapshot<T>(
  sql: Sql,
  body: (tx: Transaction, moment: { createdAt: string; pid: number }) => Promise<T>,
): Promise<T> {
  return (await sql.begin('isolation level repeatable read read only', async tx => {
    await tx.unsafe(`set local row_security = off; set local lock_timeout = '10s'; set local statement_timeout = 0;
      set local idle_in_transaction_session_timeout = 0`);
    const [moment] = await tx<{ createdAt: string; pid: number }[]>`
      select to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "createdAt", pg_backend_pid() as pid`;
    if (!moment) throw new Error('the server answered nothing');
    return body(tx, moment);
  })) as T;
}

async function writeTable(
  tx: Transaction,
  folder: string,
  { name, table, columns, query }: CopyTable,
  brake: Brake,
  progress: Progress,
): Promise<CopyFile> {
  const step = `${table.schema}.${table.name}`;
  const started = performance.now();
  progress({ event: 'step', step, claim: 'copied' });
  // A query, since COPY of a table by its name leaves out partitions and children.
  const source = query ?? `select ${columns.map(quoteIdentifier).join(', ')} from ${table}`;
  const text = `copy (${source}) to stdout (format text, encoding 'UTF8')`;
  const digest = await copyOut(tx, text, join(folder, fileName({ name })), brake);
  progress({ event: 'done', step, milliseconds: performance.now() - started, rows: digest.rows });
  const { rows, bytes } = digest;
  return { name, table: table.toString(), columns, rows, bytes, sha256: digest.sha256() };
}

async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  const text = `${JSON.stringify(manifest, null, 2)}\n`;
  const sums = allFiles(manifest).map(file => `${file.sha256}  ${file.path}\n`);
  await writePrivate(join(folder, MANIFEST), text);
  await writePrivate(
    join(folder, CHECKSUMS),
    `${sums.join('')}${createHash('sha256').update(text).digest('hex')}  ${MANIFEST}\n`,
  );
}
