import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { demo } from '../../src/commands/demo.ts';
import { contextFor } from '../support/guardian.ts';

const context = contextFor('postgres://nowhere.invalid/never-used');

test('a file named as the demo’s folder is refused and stays', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'creditshift-test-')), 'precious');
  writeFileSync(file, 'precious');
  await expect(demo(context, { out: file })).rejects.toMatchObject({ code: 'USAGE' });
  expect(readFileSync(file, 'utf8')).toBe('precious');
});

test('what lies in the demo’s folder stays, and the demo may be run there again', async () => {
  const out = mkdtempSync(join(tmpdir(), 'creditshift-test-'));
  writeFileSync(join(out, 'precious'), 'precious');
  for (let run = 0; run < 2; run++) await demo(context, { out });
  expect(readFileSync(join(out, 'precious'), 'utf8')).toBe('precious');
  expect(existsSync(join(out, 'completion.md'))).toBe(true);
});
