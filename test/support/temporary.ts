import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Everything that the tests and what they start put into os.tmpdir() goes with the run. */
export default function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'creditshift-tests-'));
  // As open as /tmp: servers run as another user when the tests run as root.
  chmodSync(folder, 0o1777);
  process.env.TMPDIR = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}
