import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { connect } from '../../src/database/connect.ts';
import type { DisposableServer } from '../../src/disposable/server.ts';
import { startServer } from '../../src/disposable/start.ts';

declare module 'vitest' {
  interface ProvidedContext {
    adminUrl: string;
  }
}

/** Database that holds the Guardian fixture; tests copy it. Its roles are made once, here, before any test. */
export const GUARDIAN_TEMPLATE = 'cs_guardian_template';

let server: DisposableServer;

/** One server for the whole run: embedded, or TEST_DATABASE_URL. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  server = await startServer(process.env.TEST_DATABASE_URL ?? 'embedded');
  const url = await server.createDatabase(GUARDIAN_TEMPLATE);
  const { sql } = await connect({ url, environment: {} });
  await sql.unsafe(readFileSync(join(import.meta.dirname, '../../examples/guardian-legacy.sql'), 'utf8'));
  await sql.end();
  project.provide('adminUrl', server.url);
  return () => server.stop();
}
