import { writeFileSync } from 'node:fs';
import { z } from 'zod';
import { configSchema } from './schema.ts';

/** The configuration's JSON Schema (2020-12), as editors read it. */
export function jsonSchema(): string {
  const schema = z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' });
  return `${JSON.stringify({ title: 'creditshift configuration', ...schema }, null, 2)}\n`;
}

const target = process.argv[2];
if (import.meta.filename === process.argv[1] && target) writeFileSync(target, jsonSchema());
