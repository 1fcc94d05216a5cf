import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeCopySet } from '../../src/backup/copy-set.ts';
import { freshDatabase } from '../support/guardian.ts';
import { smallDisk } from '../support/small-disk.ts';
import { copyTable, NOTES, problemOf, withServer } from './support.ts';

test('a full disk is a clear problem, leaves nothing behind, and does not wait for the rest of the table', async context => {
  const disk = smallDisk(256);
  if ('reason' in disk) return context.skip(disk.reason);
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
