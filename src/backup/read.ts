import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { quoteIdentifier } from '../config/names.ts';
import type { ServerFacts, Transaction } from '../database/connect.ts';
import { Problem, UNTOUCHED } from '../problems.ts';
import { isFileError, PARTIAL } from './folder.ts';
import { type CopyFile, fileName, type Manifest } from './manifest.ts';
import { copyIn } from './stream.ts';
import { damaged, difference, readCopySet, readManifest } from './verify.ts';

export { fileOf, readCopySet, readManifest } from './verify.ts';

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

/** Major version of `15.18 (Debian …)`. */
export const majorOf = (version: string): number => Number.parseInt(version, 10);

/** @throws Problem BACKUP_NEWER for a backup of a later PostgreSQL, whose rows and definitions may mean nothing here */
export function checkVersion({ serverVersion }: Manifest, { version }: Pick<ServerFacts, 'version'>): void {
  if (majorOf(serverVersion) <= majorOf(version)) return;
  throw new Problem('BACKUP_NEWER', `The backup is of PostgreSQL ${serverVersion}, and this is ${version}.`, {
    state: UNTOUCHED,
    next: `use it on a server of PostgreSQL ${majorOf(serverVersion)}`,
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

/** What is asked of a backup beyond that it is good; throws a Problem that says what it lacks. */
export type Demand = (folder: string, manifest: Manifest) => Promise<void>;

/**
 * The newest good backup of this database from before the migration's first step, among those that `backup` wrote
 * below `folder`.
 * @throws Problem BACKUP_MISSING with the reason against each candidate
 */
export async function newestBackup(folder: string, server: ServerFacts, demand?: Demand): Promise<Chosen> {
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
  const candidates: { name: string; found: Manifest }[] = [];
  for (const name of await foldersIn(backups)) {
    const manifest = await attempt(name, () => readManifest(join(backups, name)));
    if (manifest) candidates.push({ name, found: manifest });
  }
  candidates.sort((a, b) => (a.found.createdAt < b.found.createdAt ? 1 : -1));
  for (const { name, found } of candidates) {
    const manifest = await attempt(name, () => fitBackup(join(backups, name), server, found, demand));
    if (manifest) return { folder: join(backups, name), manifest, rejected };
  }
  throw new Problem('BACKUP_MISSING', `There is no backup in ${backups} to go back to.`, {
    state: UNTOUCHED,
    next: 'name one with --from FOLDER, or use `rollback --method drop`, which needs none',
    details: rejected,
  });
}

/**
 * A backup, whole, of this database, and from before the migration's first step. What takes longest is looked at last.
 * @throws Problem BACKUP_FOREIGN, BACKUP_NEWER, BACKUP_AFTER_MIGRATION, BACKUP_DAMAGED
 */
export async function fitBackup(
  folder: string,
  server: ServerFacts,
  manifest: Manifest,
  demand?: Demand,
): Promise<Manifest> {
  checkBelongs(manifest, server);
  checkVersion(manifest, server);
  checkBeforeMigration(manifest);
  await demand?.(folder, manifest);
  return readCopySet(folder);
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
