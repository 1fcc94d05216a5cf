import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ServerFacts } from '../database/connect.ts';
import { PARTIAL } from './folder.ts';
import { readManifest } from './verify.ts';

/** Folder, below the working folder, where `drop` and `restore` write their archives. */
export const ARCHIVES = 'creditshift-archives';

/** Where an archive goes by default: named by database and time. */
export const archiveFolder = (folder: string, database: string): string =>
  join(folder, ARCHIVES, `${database}-${new Date().toISOString().replace(/[:.]/g, '')}`);

/** Whether an archive of this very database lies here: what is unmigrated now was then dropped. */
export async function archivedHere(folder: string, server: ServerFacts): Promise<boolean> {
  const names = await readdir(join(folder, ARCHIVES)).catch(() => []);
  for (const name of names.filter(name => !name.endsWith(PARTIAL))) {
    const manifest = await readManifest(join(folder, ARCHIVES, name)).catch(() => undefined);
    if (
      manifest?.kind === 'archive' &&
      manifest.database === server.database &&
      manifest.systemIdentifier === server.systemIdentifier
    )
      return true;
  }
  return false;
}
