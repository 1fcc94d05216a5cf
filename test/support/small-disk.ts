import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** Mounts a file system of so many kB until the test ends, or tells why it cannot. */
export function smallDisk(kilobytes: number): { place: string } | { reason: string } {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    return { reason: 'only root on Linux can mount a small disk' };
  const place = mkdtempSync(join(tmpdir(), 'creditshift-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kilobytes}k`, 'tmpfs', place], { stdio: 'pipe' });
  } catch (error) {
    return { reason: `mount is not allowed here: ${(error as Error).message}` };
  }
  onTestFinished(() => void execFileSync('umount', [place]));
  return { place };
}
