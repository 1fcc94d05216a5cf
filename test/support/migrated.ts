import { recordMatrix } from '../../src/checks/security/matrix/record.ts';
import { buildModel } from '../../src/config/model.ts';
import type { Config } from '../../src/config/schema.ts';
import { connect, type Sql } from '../../src/database/connect.ts';
import { readFacts } from '../../src/database/facts.ts';
import { takeLease } from '../../src/database/lease.ts';
import { migrateUp, stepsTo } from '../../src/migrator.ts';
import { STEPS } from '../../src/steps/all.ts';
import { newRunId, type Run } from '../../src/steps/run.ts';
import { neededOf } from '../../src/steps/step.ts';
import { databasesHere } from './databases.ts';
import { guardianConfig } from './guardian.ts';
import { GUARDIAN_TEMPLATE } from './server.ts';

/** Migrates the database of `sql` as far as `to`, by default through the cutover, without the command around it. */
export async function migrateTo(sql: Sql, to?: string, config: Config = guardianConfig()): Promise<Run> {
  const facts = await readFacts(sql, config);
  const model = buildModel(config, facts);
  const run: Run = {
    id: newRunId(),
    sql,
    config,
    facts,
    model,
    revision: 1,
    lease: undefined,
    progress: () => {},
    stopping: () => false,
    deadline: Number.POSITIVE_INFINITY,
  };
  await migrateUp(run, STEPS.slice(0, 1));
  run.lease = await takeLease(sql, 'test');
  await recordMatrix(sql, { ...run, state: undefined });
  await migrateUp(run, neededOf(stepsTo(to), model));
  await run.lease.release();
  run.lease = undefined;
  return run;
}

let counter = 0;

/** A Guardian database for a whole file (beforeAll); `drop` closes and removes it (afterAll). */
export async function sharedDatabase(): Promise<{ url: string; sql: Sql; drop: () => Promise<void> }> {
  const server = databasesHere();
  const url = await server.createDatabase(
    `cs_shared_${process.pid}_${Date.now().toString(36)}_${counter++}`,
    GUARDIAN_TEMPLATE,
  );
  const { sql } = await connect({ url, environment: {} }, 'test');
  return {
    url,
    sql,
    drop: async () => {
      await sql.end({ timeout: 1 });
      await server.stop();
    },
  };
}
