import { spawnSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { serverAccount } from '../../src/disposable/account.ts';
import { OWN_PREFIX, ownFolder, removeOrphans } from '../../src/disposable/orphans.ts';
import { folderIn, orphanName, temporaryPlace } from './place.ts';

const place = temporaryPlace();

test('what a dead process of this machine left is removed, and nothing else', () => {
  const elsewhere = orphanName('theirs').replace(hostname(), 'x'.repeat(hostname().length));
  const kept = [`${OWN_PREFIX}abcdef`, elsewhere, orphanName('not-ours'), 'creditshift-postgres-15-0', 'other'];
  for (const name of kept) folderIn(place, name, 0o700);
  writeFileSync(join(folderIn(place, orphanName('copied'), 0o700), 'file'), '');
  // A data folder belongs to the account of the server.
  spawnSync('mkdir', ['-p', join(place, orphanName('server'), 'data')], { ...serverAccount() });

  removeOrphans(place, serverAccount());
  expect(readdirSync(place).sort()).toEqual(kept.sort());
  folderIn(place, orphanName('folder'), 0o700);
  const own = basename(ownFolder());
  expect(own).toContain(OWN_PREFIX);
  expect(readdirSync(place).sort()).toEqual([...kept, own].sort());
});
