import { execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { OWN_PREFIX } from '../../src/disposable/orphans.ts';

/** A folder for one test file that stands for os.tmpdir(), here and in child processes. */
export function temporaryPlace(): string {
  const place = fs.mkdtempSync(join(tmpdir(), 'disposable-'));
  fs.chmodSync(place, 0o1777);
  const usual = process.env.TMPDIR;
  process.env.TMPDIR = place;
  afterAll(() => {
    process.env.TMPDIR = usual;
    fs.rmSync(place, { recursive: true, force: true });
  });
  return place;
}

/** A folder below `place` with exactly this mode. */
export function folderIn(place: string, name: string, mode: number): string {
  const folder = join(place, name);
  fs.mkdirSync(folder);
  fs.chmodSync(folder, mode);
  return folder;
}

/** A name such as a process of this machine gives, one that has ended. */
export function orphanName(suffix: string): string {
  const { pid } = spawnSync('true');
  return OWN_PREFIX.replace(/\d+-$/, `${pid}-${suffix}`);
}

/** The processes that have `folder` in their command line. */
export function processesNaming(folder: string): string[] {
  const lines = execFileSync('ps', ['-A', '-w', '-w', '-o', 'args='], { encoding: 'utf8' }).split('\n');
  return lines.filter(line => line.includes(folder));
}
