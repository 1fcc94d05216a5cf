import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Qualified } from '../config/names.ts';
import { Problem } from '../problems.ts';
import { type Digest, digestFile } from './digest.ts';
import { isFileError } from './folder.ts';
import { allFiles, CHECKSUMS, type CopyFile, FORMAT, MANIFEST, type Manifest, manifestSchema } from './manifest.ts';

const STATE = 'Nothing was read into the database.';
const NEXT = 'name another one with --from FOLDER';

/**
 * Reads a backup or archive and verifies all of it: manifest, format, and of each file size, checksum and rows.
 * @throws Problem BACKUP_MISSING, BACKUP_NEWER, or BACKUP_DAMAGED that names each file and what is wrong with it
 */
export async function readCopySet(folder: string): Promise<Manifest> {
  const manifest = await readManifest(folder);
  const faults: string[] = [];
  for (const file of allFiles(manifest)) {
    const fault = await faultOf(join(folder, file.path), file);
    if (fault) faults.push(`${file.path}: ${fault}`);
  }
  if (faults.length > 0) throw damaged(folder, faults);
  return manifest;
}

/** Reads the manifest alone, proved by its checksum. The format is judged first: a newer one may differ in anything. */
export async function readManifest(folder: string): Promise<Manifest> {
  if (!existsSync(folder)) {
    throw new Problem('BACKUP_MISSING', `There is no folder ${folder}.`, { state: STATE, next: NEXT });
  }
  const text = await readText(folder, MANIFEST);
  const document = parseJson(text);
  const format = (document as { format?: unknown } | undefined)?.format;
  if (typeof format === 'number' && format > FORMAT) {
    throw new Problem('BACKUP_NEWER', `${folder} has format ${format}; this program knows ${FORMAT}.`, {
      state: STATE,
      next: 'use the creditshift that wrote it, or a later one',
    });
  }
  if (document === undefined) throw damaged(folder, [`${MANIFEST}: broken JSON`]);
  const sums = await readText(folder, CHECKSUMS);
  const sum = createHash('sha256').update(text).digest('hex');
  if (!sums.split('\n').includes(`${sum}  ${MANIFEST}`)) throw damaged(folder, [`${MANIFEST}: checksum differs`]);
  const parsed = manifestSchema.safeParse(document);
  if (parsed.success) return parsed.data;
  throw damaged(
    folder,
    parsed.error.issues.map(issue => `${MANIFEST}: ${issue.path.join('.') || 'file'}: ${issue.message}`),
  );
}

/**
 * The file of a table.
 * @throws Problem BACKUP_DAMAGED where the manifest has none
 */
export function fileOf(folder: string, manifest: Manifest, table: Qualified): CopyFile {
  const file = manifest.files.find(f => f.table === table.toString());
  if (!file) throw damaged(folder, [`${table}: the table is not in it`]);
  return file;
}

async function faultOf(path: string, measured: Measured): Promise<string | undefined> {
  try {
    return difference(measured, await digestFile(path));
  } catch (error) {
    return isFileError(error) ? reason(error) : Promise.reject(error);
  }
}

type Measured = Pick<CopyFile, 'bytes' | 'sha256'> & { rows?: number };

/** How a file's bytes differ from what the manifest says of them. */
export function difference(file: Measured, found: Digest): string | undefined {
  if (found.bytes < file.bytes) return `truncated: ${found.bytes} of ${file.bytes} bytes`;
  if (found.bytes > file.bytes) return `too long: ${found.bytes} bytes, not ${file.bytes}`;
  if (found.sha256() !== file.sha256) return 'checksum differs';
  return file.rows === undefined || found.rows === file.rows ? undefined : `${found.rows} rows, not ${file.rows}`;
}

async function readText(folder: string, name: string): Promise<string> {
  try {
    return await readFile(join(folder, name), 'utf8');
  } catch (error) {
    throw isFileError(error) ? damaged(folder, [`${name}: ${reason(error)}`]) : error;
  }
}

const reason = (error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? 'missing' : error.message);

/** Undefined for text that is no JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function damaged(folder: string, details: string[]): Problem {
  return new Problem('BACKUP_DAMAGED', `${folder} is damaged.`, { state: STATE, next: NEXT, details });
}
