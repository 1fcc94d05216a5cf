import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** A folder for one test file that stands for os.tmpdir(), here and in child processes. */
export function temporaryPlace(): string {
  const place = fs.mkdtempSync('/tmp/disposable-');
  fs.chmodSync(place, 0o1777);
  process.env.TMPDIR = place;
  afterAll(() => fs.rmSync(place, { recursive: true, force: true }));
  return place;
}

/** A folder below `place` with exactly this mode. */
export function folderIn(place: string, name: string, mode: number): string {
  const folder = join(place, name);
  fs.mkdirSync(folder);
  fs.chmodSync(folder, mode);
  return folder;
}

/** The processes that have `folder` in their command line. */
export function processesNaming(folder: string): string[] {
  const lines = execFileSync('ps', ['-A', '-w', '-w', '-o', 'args='], { encoding: 'utf8' }).split('\n');
  return lines.filter(line => line.includes(folder));
}
