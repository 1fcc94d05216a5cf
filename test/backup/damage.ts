import { createHash } from 'node:crypto';
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Manifest } from '../../src/backup/manifest.ts';
import { newPlace } from './support.ts';

const sha256 = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex');

/** A copy of a backup, changed. */
export function changed(good: string, change: (folder: string) => void, folder = join(newPlace(), 'set')): string {
  cpSync(good, folder, { recursive: true });
  change(folder);
  return folder;
}

/** Flips a bit of the first 9 in a file. */
export function flip(path: string): void {
  const bytes = readFileSync(path);
  const at = bytes.indexOf('9');
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}

type Part = Partial<Record<keyof Manifest, unknown>>;

/** Changes the manifest as another program would have written it: with its checksum, and with a proof where there is one. */
export function rewrite(folder: string, change: Part | ((manifest: Manifest) => Part)): void {
  const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as Manifest;
  const text = JSON.stringify({ ...manifest, ...(typeof change === 'function' ? change(manifest) : change) });
  writeFileSync(join(folder, 'manifest.json'), text);
  writeFileSync(join(folder, 'SHA256SUMS'), `${sha256(text)}  manifest.json\n`);
  if (!existsSync(join(folder, 'proof.json'))) return;
  const proof = JSON.parse(readFileSync(join(folder, 'proof.json'), 'utf8'));
  writeFileSync(join(folder, 'proof.json'), JSON.stringify({ ...proof, manifest: sha256(text) }));
}

/** Changes a table's file so that every checksum of files still fits: only counting what was restored can tell. */
export function forge(folder: string, table: string, change: (text: string) => string): void {
  const path = join(folder, `${table}.copy`);
  const text = change(readFileSync(path, 'utf8'));
  writeFileSync(path, text);
  const measured = { rows: text.split('\n').length - 1, bytes: Buffer.byteLength(text), sha256: sha256(text) };
  rewrite(folder, ({ files }) => ({ files: files.map(f => (f.name === table ? { ...f, ...measured } : f)) }));
}
