import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { quoteIdentifier } from '../config/names.ts';
import type { ServerFacts, Transaction } from '../database/connect.ts';
import { Problem, UNTOUCHED } from '../problems.ts';
import { isFileError, PARTIAL } from './folder.ts';
import { type CopyFile, fileName, type Manifest } from './manifest.ts';
import { copyIn } from './stream.ts';
import { damaged, difference, readCopySet, readManifest } from './verify.ts';

export { fileOf, readCopySet } from './verify.ts';

/** Folder of the backups, below the one the command was called in. */
export const BACKUPS = 'creditshift-backups';

/** @throws Problem BACKUP_FOREIGN for a backup of another database or another server */
export function checkBelongs(manifest: Manifest, server: ServerFacts): void {
  const here = server.database === manifest.database && server.systemIdentifier === manifest.systemIdentifier;
  if (here) return;
  throw new Problem('BACKUP_FOREIGN', 'The backup is of another database.', {
    state: UNTOUCHED,
    next: 'check --database-url; `creditshift backup` of this database makes its own',
    details: [
      `backup: ${manifest.database}, system identifier ${manifest.systemIdentifier}`,
      `here: ${server.database}, system identifier ${server.systemIdentifier}`,
    ],
  });
}

/** @throws Problem BACKUP_AFTER_MIGRATION for what holds no unmigrated state to go back to: a later backup, an archive */
export function checkBeforeMigration(manifest: Manifest): void {
  const { started, steps } = manifest.migration;
  if (manifest.kind === 'backup' && !started) return;
  const what = started ? `It was taken after ${steps.at(-1)}.` : 'It is the archive of a rollback, not a backup.';
  throw new Problem('BACKUP_AFTER_MIGRATION', `The backup is not from before the migration. ${what}`, {
    state: UNTOUCHED,
    next: 'restore one from before the first step, or use `rollback --method drop`',
  });
}

/** A backup that passed every check, and what was passed over on the way to it. */
export interface Chosen {
  folder: string;
  manifest: Manifest;
  /** Newer folders and why they are not it. */
  rejected: string[];
}

/**
 * The newest good backup of this database from before the migration's first step, among those that `backup` wrote
 * below `folder`.
 * @throws Problem BACKUP_MISSING with the reason against each candidate
 */
export async function newestBackup(folder: string, server: ServerFacts): Promise<Chosen> {
  const backups = join(folder, BACKUPS);
  const rejected: string[] = [];
  const attempt = async <T>(name: string, body: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await body();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      rejected.push(`${name}: ${[error.message, ...error.details].join(' ')}`);
      return undefined;
    }
  };
  const candidates: { name: string; createdAt: string }[] = [];
  for (const name of await foldersIn(backups)) {
    const manifest = await attempt(name, () => readManifest(join(backups, name)));
    if (manifest) candidates.push({ name, createdAt: manifest.createdAt });
  }
  candidates.sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
  for (const { name } of candidates) {
    const manifest = await attempt(name, async () => {
      const read = await readCopySet(join(backups, name));
      checkBelongs(read, server);
      checkBeforeMigration(read);
      return read;
    });
    if (manifest) return { folder: join(backups, name), manifest, rejected };
  }
  throw new Problem('BACKUP_MISSING', `There is no backup in ${backups} to go back to.`, {
    state: UNTOUCHED,
    next: 'name one with --from FOLDER, or use `rollback --method drop`, which needs none',
    details: rejected,
  });
}

/** Folders that were finished, in no order; none where `folder` does not exist. */
async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(error => {
    if (isFileError(error)) return [];
    throw error;
  });
  return entries.filter(e => e.isDirectory() && !e.name.endsWith(PARTIAL)).map(e => e.name);
}

/**
 * Streams a file into `target` (quoted text of a table that has the file's columns), measuring it once more on the way.
 * @throws Problem BACKUP_DAMAGED when the bytes are no longer those of the manifest; the transaction must end then
 */
export async function loadCopyFile(tx: Transaction, folder: string, file: CopyFile, target: string): Promise<void> {
  const columns = file.columns.map(quoteIdentifier).join(', ');
  const text = `copy ${target} (${columns}) from stdin (format text, encoding 'UTF8')`;
  const digest = await copyIn(tx, text, join(folder, fileName(file))).catch(error => {
    throw isFileError(error) ? damaged(folder, [`${fileName(file)}: ${error.message}`]) : error;
  });
  const fault = difference(file, digest);
  if (fault) throw damaged(folder, [`${fileName(file)}: ${fault}`]);
}
