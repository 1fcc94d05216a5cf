import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect, type Sql } from '../../src/database/connect.ts';
import type { ProgressEvent } from '../../src/progress.ts';
import { addOrganizations, migrationRecords, yamlWith } from '../allocation/organizations.ts';
import { type Pair, STANDBY, startPair } from '../online/standby.ts';
import { contextFor, migrate } from '../support/guardian.ts';

let pair: Pair;
let sql: Sql;
beforeAll(async () => {
  pair = await startPair();
  ({ sql } = await connect({ url: pair.primary, environment: {} }));
  await sql.unsafe(readFileSync(join(import.meta.dirname, '../../examples/guardian-legacy.sql'), 'utf8'));
  await addOrganizations(sql, 300);
  await pair.caughtUp();
});
afterAll(async () => {
  await sql?.end({ timeout: 1 });
  await pair?.stop();
});

/** Writes megabytes of WAL that a paused standby cannot replay. */
const writeWal = (megabytes: number) =>
  sql`select pg_logical_emit_message(false, 'test', repeat('x', 1000000)) from generate_series(1, ${megabytes}::integer)`;

test('a real standby whose replay is paused holds the allocation, and lets it go on when it replays again', async () => {
  const throttle = { replication: { megabytes: 4, seconds: 3600, standbys: [STANDBY] }, latency: false };
  const context = contextFor(pair.primary, yamlWith({ rows: 50 }, { throttle }));
  await migrate(context, { to: '055_triggers' });
  await pair.pauseReplay();
  await writeWal(8);

  const reasons: string[] = [];
  let held: unknown;
  await migrate({
    ...context,
    progress: (event: ProgressEvent) => {
      if (event.event !== 'waiting') return;
      reasons.push(event.reason);
      held ??= migrationRecords(sql).then(async before => {
        await pair.resumeReplay();
        return before;
      });
    },
  });
  expect(reasons[0]).toMatch(new RegExp(`^standby ${STANDBY} is \\d+ MB behind$`));
  expect(await held).toEqual({ records: 0, organizations: 0 });
  expect(await migrationRecords(sql)).toEqual({ records: 300, organizations: 300 });
});
