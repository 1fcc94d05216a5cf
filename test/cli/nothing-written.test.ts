import { afterAll, beforeAll, expect, test } from 'vitest';
import { audit } from '../../src/commands/audit/audit.ts';
import { baseline } from '../../src/commands/baseline.ts';
import { inspect } from '../../src/commands/inspect.ts';
import { plan } from '../../src/commands/plan/plan.ts';
import { preflight } from '../../src/commands/preflight/preflight.ts';
import { privileges } from '../../src/commands/privileges.ts';
import { reallocate } from '../../src/commands/reallocate/reallocate.ts';
import { report } from '../../src/commands/report/report.ts';
import { rollback } from '../../src/commands/rollback/rollback.ts';
import type { Context } from '../../src/commands/session/context.ts';
import { shadow } from '../../src/commands/shadow/shadow.ts';
import { status } from '../../src/commands/status.ts';
import { verify } from '../../src/commands/verify.ts';
import { recordedCatalog } from '../../src/database/catalog.ts';
import { connect, type Sql } from '../../src/database/connect.ts';
import type { DisposableServer } from '../../src/disposable/server.ts';
import type { Result } from '../../src/output/types.ts';
import { AGENZIA, contextFor, guardianSql, migrate } from '../support/guardian.ts';
import { ownServer } from '../support/own-server.ts';

// A server of its own, with nothing else at work: its next transaction id tells whether anybody took one.
let server: DisposableServer;
let sql: Sql;
let context: Context;
beforeAll(async () => {
  server = await ownServer({ autovacuum: 'off' });
  const url = await server.createDatabase('guardian');
  ({ sql } = await connect({ url, environment: {} }, 'test'));
  await sql.unsafe(guardianSql);
  context = contextFor(url);
});
afterAll(async () => {
  await sql.end({ timeout: 1 });
  await server.stop();
});

/** The transaction id that the next writer gets, anywhere on the server. */
async function nextTransaction(): Promise<string> {
  const [row] = await sql<{ xid: string }[]>`select pg_snapshot_xmax(pg_current_snapshot())::text as xid`;
  return row?.xid ?? '';
}

/** Every row of every table, the toolkit's too, the catalog, and the toolkit's own objects. */
async function contents(): Promise<unknown[]> {
  const tables = await sql<{ name: string }[]>`
    select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname not in ('pg_catalog', 'information_schema') order by 1`;
  const rows = [];
  for (const { name } of tables) {
    const [row] = await sql.unsafe(`select md5(string_agg(t::text, '|' order by t::text)) as md5 from ${name} as t`);
    rows.push([name, row?.md5]);
  }
  const own = await sql`
    select md5(string_agg(concat_ws('|', p.oid, p.proname, p.pronamespace, p.prosrc, p.proacl), ',' order by p.oid)) as functions
      from pg_proc as p where p.pronamespace::regnamespace::text ~ '^(public|creditshift)'`;
  return [rows, own, await recordedCatalog(sql)];
}

async function sequences(): Promise<Map<string, string | null>> {
  const rows = await sql<{ name: string; value: string | null }[]>`
    select schemaname || '.' || sequencename as name, last_value::text as value from pg_sequences order by 1`;
  return new Map(rows.map(row => [row.name, row.value]));
}

/** Numbers that a charge takes for good, also one that is rolled back; that of the legacy function takes the first. */
const BURNT = ['creditshift.event', 'public.credit_consumption_logs_id_seq'];

/** What was told, or the code it was refused with. */
const outcome = (run: Promise<Result>) =>
  run.then(
    result => result.exitCode ?? 0,
    problem => problem.code as string,
  );

/** Of the state that the database is in: who reads takes no transaction id, who tries leaves nothing but burnt numbers. */
async function untouched(expected: {
  report: number | string;
  preflight: number | string;
  shadow: number | string;
  baseline: number | string;
  burnt: string[];
}) {
  const reading: [string, () => Promise<Result>, number | string][] = [
    ['inspect', () => inspect(context), 0],
    ['plan', () => plan(context), 0],
    ['plan --check', async () => ({ ...(await plan(context, { check: true })), exitCode: 0 }), 0],
    ['privileges', () => privileges(context), 0],
    ['status', () => status(context), 0],
    ['shadow', () => shadow(context, {}), expected.shadow],
    ['shadow --from-log', () => shadow(context, { fromLog: true }), expected.shadow],
    ['report completion', () => report(context, { kind: 'completion' }), expected.report],
    ['report status', () => report(context, { kind: 'status' }), expected.report],
    ['report margin', () => report(context, { kind: 'margin' }), expected.report],
    ['reallocate', () => reallocate(context, { dryRun: true }), expected.report === 0 ? 0 : 'STATE_CONFLICT'],
    ['audit export', () => audit(context, { what: 'export', out: 'ledger.jsonl' }), expected.report],
  ];
  const before = await nextTransaction();
  for (const [command, run, ends] of reading) {
    expect(await outcome(run()), command).toBe(ends);
    expect(await nextTransaction(), command).toBe(before);
  }
  const [held, numbers] = [await contents(), await sequences()];
  expect(await outcome(preflight(context))).toBe(expected.preflight);
  expect(await outcome(baseline(context))).toBe(expected.baseline);
  expect(await outcome(verify(context))).toBe(0);
  expect(await contents()).toEqual(held);
  const burnt = [...(await sequences())].filter(([name, value]) => numbers.get(name) !== value).map(([name]) => name);
  expect(burnt).toEqual(expected.burnt);
}

test('who reads takes no transaction id, who tries leaves nothing, in every state', async () => {
  const begun = { report: 0, preflight: 0, shadow: 0, baseline: 'STATE_CONFLICT', burnt: BURNT };
  const live = { ...begun, preflight: 'STATE_CONFLICT', shadow: 'STATE_CONFLICT' };
  await untouched({ report: 'NOT_CUT_OVER', preflight: 5, shadow: 0, baseline: 0, burnt: BURNT.slice(1) });
  await migrate(context, { to: 'index' });
  await untouched(begun);
  await migrate(context);
  await sql`select consume_credits_rpc(${AGENZIA}, 'ai_chat')`;
  await untouched(live);
  await rollback(context, { method: 'disable' });
  await untouched(begun);
  await migrate(context);
  await migrate(context, { to: 'contract' });
  await untouched(live);
});
