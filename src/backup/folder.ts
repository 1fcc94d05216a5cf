import { mkdir, open, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Problem, RESUMABLE, UNTOUCHED } from '../problems.ts';
import type { Kind } from './manifest.ts';

/** Ending of a folder that is being written, or that a killed run left: never read. */
export const PARTIAL = '.partial';

/**
 * Has `body` fill `FOLDER.partial`, which becomes FOLDER only when everything in it is complete and on disk. A failure
 * leaves nothing behind.
 * @throws Problem BACKUP_FAILED or ARCHIVE_FAILED when the folder cannot be written
 */
export async function intoNewFolder<T>(folder: string, kind: Kind, body: (partial: string) => Promise<T>): Promise<T> {
  const partial = `${folder}${PARTIAL}`;
  try {
    await refuseExisting(folder, kind);
    await mkdir(dirname(folder), { recursive: true, mode: 0o700 });
    await mkdir(partial, { mode: 0o700 });
  } catch (error) {
    throw asFolderProblem(error, folder, kind);
  }
  try {
    const result = await body(partial);
    await syncFolder(partial);
    await rename(partial, folder);
    await syncFolder(dirname(folder));
    return result;
  } catch (error) {
    await rm(partial, { recursive: true, force: true, maxRetries: 3 }).catch(() => {});
    throw asFolderProblem(error, folder, kind);
  }
}

/** Writes a private file that is on disk when this returns. */
export const writePrivate = (path: string, text: string): Promise<void> =>
  writeFile(path, text, { flag: 'wx', mode: 0o600, flush: true });

/** Names and modes of a folder survive a power cut only once the folder itself is synced. */
async function syncFolder(folder: string): Promise<void> {
  // Windows opens no folders, and has no need to.
  if (process.platform === 'win32') return;
  const handle = await open(folder);
  await handle.sync().finally(() => handle.close());
}

async function refuseExisting(folder: string, kind: Kind): Promise<void> {
  const found = await readdir(folder).catch(error => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  if (found.length > 0) throw failed(kind, `The folder ${folder} is not empty.`, 'name a new folder');
}

/** Any error of the file system as a Problem; others pass. */
function asFolderProblem(error: unknown, folder: string, kind: Kind): unknown {
  if (!isFileError(error)) return error;
  if (error.code === 'ENOSPC' || error.code === 'EDQUOT') {
    return failed(kind, `There is no space for ${folder}.`, 'make room or name a folder on another disk', error);
  }
  if (error.code === 'EEXIST' && error.path?.endsWith(PARTIAL)) {
    const next = 'remove it if no other run is at work';
    return failed(kind, `${error.path} is there: another run writes it, or was killed.`, next, error);
  }
  return failed(kind, `Cannot write ${folder}: ${error.message}.`, 'name a folder that this user can write', error);
}

/** A file system's error, as opposed to a socket's. */
export function isFileError(error: unknown): error is NodeJS.ErrnoException {
  const { errno, code = '' } = error as NodeJS.ErrnoException;
  return typeof errno === 'number' && !/^E(CONN|PIPE|TIMEDOUT|HOST|NET)/.test(code);
}

/** A backup changes nothing; an archive is written in the midst of a rollback. What was written of either is removed. */
export const STATE = { backup: UNTOUCHED, archive: RESUMABLE, retention: RESUMABLE } as const;

/** The problem of a copy set that could not be written. */
export function failed(kind: Kind, message: string, next: string, cause?: unknown): Problem {
  return new Problem(kind === 'backup' ? 'BACKUP_FAILED' : 'ARCHIVE_FAILED', message, {
    state: STATE[kind],
    next: `${next}; then the same command again`,
    details: cause instanceof Problem ? cause.details : [],
    cause,
  });
}

/** The problem of a copy set that the user had stopped. */
export function interrupted(kind: Kind): Problem {
  return new Problem('INTERRUPTED', `The ${kind} was stopped, as asked.`, {
    state: STATE[kind],
    next: 'the same command again',
  });
}
