import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { connect } from '../../src/database/connect.ts';
import { startServer } from '../../src/disposable/start.ts';
import { databasesHere } from './databases.ts';

declare module 'vitest' {
  interface ProvidedContext {
    adminUrl: string;
    /** Major version of that server. */
    postgres: string;
  }
}

/** Database that holds the Guardian fixture; tests copy it. Its roles are made once, here, before any test. */
export const GUARDIAN_TEMPLATE = 'cs_guardian_template';

/** One server for the whole run: embedded, of the version TEST_POSTGRES, or TEST_DATABASE_URL. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { TEST_DATABASE_URL, TEST_POSTGRES } = { ...process.env, ...project.config.env };
  const server = TEST_DATABASE_URL ? databasesHere(TEST_DATABASE_URL) : await startServer({}, TEST_POSTGRES);
  const url = await server.createDatabase(GUARDIAN_TEMPLATE);
  const { sql, server: facts } = await connect({ url, environment: {} });
  await sql.unsafe(readFileSync(join(import.meta.dirname, '../../examples/guardian-legacy.sql'), 'utf8'));
  await sql.end();
  project.provide('adminUrl', server.url);
  project.provide('postgres', String(Number.parseInt(facts.version, 10)));
  return () => server.stop();
}
