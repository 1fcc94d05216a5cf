import { chmodSync, existsSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MEMORY = '/dev/shm';
/** Bytes. */
const ENOUGH = 8 * 1024 ** 3;

/** In memory where there is room: making the files of a new database is a tenth of a run's work on a disk. */
function place(): string {
  if (!existsSync(MEMORY)) return tmpdir();
  const { bavail, bsize } = statfsSync(MEMORY);
  return bavail * bsize > ENOUGH ? MEMORY : tmpdir();
}

/** Everything that the tests and what they start put into os.tmpdir() goes with the run. */
export default function setup(): () => void {
  const folder = mkdtempSync(join(place(), 'creditshift-tests-'));
  // As open as /tmp: servers run as another user when the tests run as root.
  chmodSync(folder, 0o1777);
  process.env.TMPDIR = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}
