import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { jsonSchema } from '../../src/config/json-schema.ts';

const root = join(import.meta.dirname, '../..');

test('the JSON Schema in the package is the one of today’s configuration', () => {
  expect(readFileSync(join(root, 'creditshift.schema.json'), 'utf8')).toBe(jsonSchema());
});

test('the example names its schema for editors', () => {
  const [first] = readFileSync(join(root, 'examples/guardian.yaml'), 'utf8').split('\n');
  expect(first).toMatch(/^# yaml-language-server: \$schema=.*creditshift\.schema\.json$/);
});
