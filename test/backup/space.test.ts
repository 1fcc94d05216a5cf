import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { writeCopySet } from '../../src/backup/copy-set.ts';
import { freshDatabase } from '../support/guardian.ts';
import { copyTable, NOTES, newPlace, problemOf, withServer } from './support.ts';

/** Mounts a file system of 256 kB, or tells why it cannot. */
function smallDisk(): { place: string } | { reason: string } {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    return { reason: 'only root on Linux can mount a small disk' };
  const place = newPlace();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', place], { stdio: 'pipe' });
  } catch (error) {
    return { reason: `mount is not allowed here: ${(error as Error).message}` };
  }
  return { place };
}

test('a full disk is a clear problem, leaves nothing behind, and does not wait for the rest of the table', async context => {
  const disk = smallDisk();
  if ('reason' in disk) return context.skip(disk.reason);
  onTestFinished(() => void execFileSync('umount', [disk.place]));
  const { url } = await freshDatabase();
  const endless = copyTable('public.endless', ['a'], 'select generate_series(1, 2000000000)');
  await withServer(url, async (sql, server) => {
    for (const [kind, code] of [
      ['backup', 'BACKUP_FAILED'],
      ['archive', 'ARCHIVE_FAILED'],
    ] as const) {
      const problem = await problemOf(writeCopySet(sql, server, join(disk.place, 'set'), kind, [endless], NOTES));
      expect(problem).toMatchObject({
        code,
        message: expect.stringContaining('no space'),
        next: expect.stringContaining('make room'),
      });
      expect(readdirSync(disk.place)).toEqual([]);
    }
    expect(await sql`select 1 as one`).toEqual([{ one: 1 }]);
  });
});
