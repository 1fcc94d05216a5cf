import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type MigrateOptions, migrate as migrateProved } from '../../src/commands/migrate/migrate.ts';
import type { Context } from '../../src/commands/session/context.ts';
import { parseConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/schema.ts';
import { connect, type Sql } from '../../src/database/connect.ts';
import { databasesHere } from './databases.ts';
import { GUARDIAN_TEMPLATE } from './server.ts';

export const AGENZIA = '00000000-0000-0000-0000-000000000002';
export const ADMIN = '00000000-0000-0000-0000-000000000001';
export const VICTORY = '00000000-0000-0000-0000-000000000003';

const root = join(import.meta.dirname, '../..');
export const guardianYaml = readFileSync(join(root, 'examples/guardian.yaml'), 'utf8');
export const guardianSql = readFileSync(join(root, 'examples/guardian-legacy.sql'), 'utf8');
export const guardianConfig = (): Config => parseConfig(guardianYaml, 'guardian.yaml');

let counter = 0;

/** A database of the test's own; dropped when the test ends, or before by `close`. */
export interface Fresh {
  url: string;
  sql: Sql;
  close: () => Promise<void>;
}

/** A copy of a template. */
export async function freshDatabase(template = GUARDIAN_TEMPLATE): Promise<Fresh> {
  const admin = databasesHere();
  const url = await admin.createDatabase(`cs_${process.pid}_${Date.now().toString(36)}_${counter++}`, template);
  const { sql } = await connect({ url, environment: {} }, 'test');
  const close = async () => {
    await sql.end({ timeout: 1 });
    await admin.stop();
  };
  onTestFinished(close);
  return { url, sql, close };
}

/** The command without a proved backup, which only the tests of the gate are about. */
export const migrate = (context: Context, options: MigrateOptions = {}) =>
  migrateProved(context, { withoutBackupProof: true, ...options });

/** A context for commands: a private folder, the configuration in it, every question answered yes. */
export function contextFor(url: string, yaml = guardianYaml): Context {
  const folder = mkdtempSync(join(tmpdir(), 'creditshift-test-'));
  const configPath = join(folder, 'creditshift.yaml');
  writeFileSync(configPath, yaml);
  return {
    folder,
    target: { url, environment: {} },
    configPath,
    progress: () => {},
    confirm: async () => true,
    ask: async () => undefined,
    unattended: false,
    stopping: () => false,
  };
}
