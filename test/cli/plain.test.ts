import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { backup } from '../../src/commands/backup/backup.ts';
import { migrate } from '../../src/commands/migrate/migrate.ts';
import { plan } from '../../src/commands/plan/plan.ts';
import { preflight } from '../../src/commands/preflight/preflight.ts';
import { report } from '../../src/commands/report/report.ts';
import { rollback } from '../../src/commands/rollback/rollback.ts';
import { verify } from '../../src/commands/verify.ts';
import { connect, type Sql } from '../../src/database/connect.ts';
import type { DisposableServer } from '../../src/disposable/server.ts';
import type { Result } from '../../src/output/types.ts';
import { checksOf } from '../checks/found.ts';
import { ADMIN, contextFor, guardianYaml } from '../support/guardian.ts';
import { ownServer } from '../support/own-server.ts';

// A server of its own: that of the other tests has the roles of Supabase.
let server: DisposableServer;
let url: string;
let sql: Sql;
beforeAll(async () => {
  server = await ownServer();
  url = await server.createDatabase('plain');
  ({ sql } = await connect({ url, environment: {} }, 'test'));
  await sql.unsafe(readFileSync(join(import.meta.dirname, 'plain.sql'), 'utf8'));
});
afterAll(async () => {
  await sql.end({ timeout: 1 });
  await server.stop();
});

const yaml = guardianYaml
  .replace('execute: [authenticated, service_role]', 'execute: [plain_app]')
  .replace('actForAll: [service_role]', 'actForAll: []')
  .replace(/membership: \{.*\}/, 'claim: organization_id');

test('plain PostgreSQL, without keys, statistics and roles, with an old log and a huge value in it: there and back', async () => {
  const context = contextFor(url, yaml);
  const ends = async (run: Promise<Result>) => (await run).exitCode ?? 0;
  const log = async () =>
    (
      await sql`select count(*)::integer as rows, sum(length(metadata ->> 'a')) as size from credit_consumption_logs`
    )[0];
  const before = await log();
  expect(await ends(plan(context))).toBe(0);
  expect(await ends(backup(context, { prove: true, server: server.url }))).toBe(0);
  expect(await ends(preflight(context))).toBe(0);
  expect(await ends(migrate(context))).toBe(0);

  const [row] = await sql<{ answer: object }[]>`
    select consume_credits_rpc(${ADMIN}, 'ai_chat', p_metadata => jsonb_build_object('b', repeat('x', 2000000))) as answer`;
  expect(row?.answer).toMatchObject({ success: true, consumed: { ai: 1 } });
  const verified = await verify(context);
  const found = checksOf(verified.document).filter(check => ['failed', 'error'].includes(check.outcome));
  expect(found).toMatchObject([{ name: 'performance.indexes', severity: 'warning' }]);
  // The column of the log's time has no default here.
  expect(
    await sql`select created_at > now() - interval '1 hour' as dated from credit_consumption_logs where sequence = 2`,
  ).toEqual([{ dated: true }]);
  expect(await ends(report(context, { kind: 'completion', out: 'completion.md' }))).toBe(0);

  expect(await ends(rollback(context, { method: 'drop' }))).toBe(0);
  expect(await log()).toEqual({ rows: (before?.rows ?? 0) + 1, size: before?.size });
  const balances = await sql`select credits_remaining as left from organization_credits order by organization_id`;
  expect(balances).toEqual([{ left: 99 }, { left: 100 }]);
});
