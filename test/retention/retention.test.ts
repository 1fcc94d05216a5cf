import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ARCHIVES } from '../../src/backup/archives.ts';
import { readCopySet } from '../../src/backup/read.ts';
import { audit } from '../../src/commands/audit/audit.ts';
import { report } from '../../src/commands/report/report.ts';
import type { Context } from '../../src/commands/session/context.ts';
import { status } from '../../src/commands/status.ts';
import { verify } from '../../src/commands/verify.ts';
import type { Sql } from '../../src/database/connect.ts';
import { takeLease } from '../../src/database/lease.ts';
import { problemOf } from '../backup/support.ts';
import { foundIn, text, WARNING, WARNINGS } from '../checks/found.ts';
import { AGENZIA, contextFor, freshDatabase, guardianYaml, VICTORY } from '../support/guardian.ts';
import { migrateTo, sharedDatabase } from '../support/migrated.ts';
import { age, LOG, retain, spend, spendOften } from './support.ts';

let shared: Awaited<ReturnType<typeof sharedDatabase>>;
let sql: Sql;
let context: Context;
const count = async (what: string) =>
  (await sql.unsafe<{ n: number }[]>(`select count(*)::integer as n from ${what}`))[0]?.n ?? 0;
const openings = (organization: string) => sql`
  select first_sequence::integer as first, sequence::integer, legacy_delta::integer as delta, ai_before as "aiBefore", ai_granted as "aiGranted",
         ai_forfeited as "aiCharged", ai_after as "aiAfter", plan
    from creditshift.allocations where kind = 'opening' and organization = ${organization} order by sequence`;

beforeAll(async () => {
  shared = await sharedDatabase();
  sql = shared.sql;
  await sql.unsafe(
    `insert into ${LOG} (organization_id, action_type, created_at) values ('${AGENZIA}', 'ai_chat', '2020-01-01')`,
  );
  await migrateTo(sql);
  context = contextFor(shared.url);
  await spend(sql, 1);
  await age(sql, 14);
  await spend(sql, 2);
});
afterAll(() => shared.drop());

test('nothing is done where it is asked wrongly, not confirmed, or something else would follow what is removed', async () => {
  for (const olderThan of ['', '13', '0mo', '13m', '2025-02-31', '2999-01-01'])
    expect(await problemOf(retain(context, olderThan))).toMatchObject({ code: 'USAGE' });
  expect(await problemOf(audit(context, { what: 'export', out: 'x', olderThan: '1mo' }))).toMatchObject({
    message: '--older-than goes with audit retention.',
  });
  expect(await problemOf(retain({ ...context, confirm: async () => false }))).toMatchObject({ code: 'NOT_CONFIRMED' });
  const elsewhere = {
    ...contextFor(shared.url, guardianYaml.concat('\nexpect: { database: elsewhere }\n')),
    unattended: true,
  };
  expect(await problemOf(retain(elsewhere))).toMatchObject({ code: 'WRONG_DATABASE' });
  const lease = await takeLease(sql, 'another');
  expect(await problemOf(retain(context))).toMatchObject({ code: 'LEASE_HELD' });
  await lease.release();
  await sql.unsafe(`create table public.receipt (entry bigint references ${LOG} on delete cascade)`);
  expect(await problemOf(retain(context))).toMatchObject({
    code: 'DEPENDENTS',
    details: ['foreign key receipt_entry_fkey of receipt'],
  });
  await sql`drop table receipt`;
  const { url } = await freshDatabase();
  expect(await problemOf(retain(contextFor(url)))).toMatchObject({ code: 'NOT_CUT_OVER' });
  expect(await count(`${LOG} where created_at < now() - interval '13 months'`)).toBe(10);
});

test('a ledger that does not hold is not touched: what would prove what is wrong stays', async () => {
  await sql`update organization_credits set ai_credits_available = ai_credits_available - 1 where organization_id = ${AGENZIA}`;
  expect(await problemOf(retain(context))).toMatchObject({ code: 'CHECKS_FAILED' });
  await sql`update organization_credits set ai_credits_available = ai_credits_available + 1 where organization_id = ${AGENZIA}`;
});

test('a trigger that keeps rows takes the page back', async () => {
  await sql.unsafe(`
    create function public.keep() returns trigger language plpgsql as 'begin return case when old.quantity = 3 then null else old end; end';
    create trigger creditshift_looks_like_ours before delete on ${LOG} for each row execute function public.keep()`);
  const before = await sql`select * from creditshift.allocations order by event`;
  expect(await problemOf(retain(context))).toMatchObject({ code: 'INVARIANT_BROKEN' });
  expect(await sql`select * from creditshift.allocations order by event`).toEqual(before);
  await sql.unsafe(`drop function public.keep() cascade`);
});

test('who says that he retains removes only what an opening stands for', async () => {
  const remove = (where: string) =>
    sql.begin(async tx => {
      await tx`select set_config('role', pg_get_userbyid(relowner), true), set_config('creditshift.retaining', pg_current_xact_id()::text, true)
                 from pg_class where oid = ${LOG}::regclass`;
      await tx.unsafe(`delete from ${LOG} where ${where}`);
      throw new Error('let through');
    });
  await expect(remove('success')).rejects.toThrow(/append-only/);
  await expect(remove('not success')).rejects.toThrow('let through');
});

test('old months are archived, then leave the log; openings stand for their entries, and every check passes', async () => {
  const before = await sql`select * from organization_credits order by organization_id`;
  const kept = await sql.unsafe(`select * from ${LOG} where created_at > now() - interval '1 day' order by id`);
  const { document } = await retain(context);
  expect(document.removed).toEqual({ entries: 8, refusals: 1 });
  const { folder } = document.archive as { folder: string };
  const { files, kind } = await readCopySet(folder);
  expect([kind, files[0]?.rows]).toEqual(['retention', 9]);
  for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mode & 0o077).toBe(0);
  expect(await sql`select * from organization_credits order by organization_id`).toEqual(before);
  expect(await sql.unsafe(`select * from ${LOG} where created_at > now() - interval '1 day' order by id`)).toEqual(
    kept,
  );
  // What was there before the migration is the application's own.
  expect(await count(`${LOG} where success is null`)).toBe(1);
  // Entry 6 is a top-up and entry 8 a reset: they stay, with their references.
  expect(await openings(AGENZIA)).toMatchObject([
    { first: 2, sequence: 5, delta: -5, aiBefore: 200, aiCharged: 6, aiGranted: 1, aiAfter: 195, plan: 'starter' },
    { first: 7, sequence: 7 },
    { first: 9, sequence: 9 },
  ]);
  expect(await openings(VICTORY)).toHaveLength(1);
  expect(foundIn((await verify(context)).document)).toMatchObject(WARNINGS.filter(w => w !== WARNING));
  const [row] = await sql`select data from creditshift.journal where event = 'retention'`;
  expect(row?.data).toMatchObject({ archive: folder, removed: { entries: 8, refusals: 1 }, sha256: files[0]?.sha256 });
});

test('again there is nothing to do; a payment counts no second time, and what was removed cannot be reversed', async () => {
  const archives = () => readdirSync(join(context.folder, ARCHIVES)).length;
  const written = archives();
  expect((await retain(context)).document).toMatchObject({ removed: { entries: 0, refusals: 0 }, archive: null });
  expect(archives()).toBe(written);
  const [again] = await sql`select top_up_credits(${AGENZIA}::uuid, 'sms', 10, 'pi_1')::integer as entry`;
  expect(again?.entry).toBe(6);
  await expect(sql`select reverse_credits(${AGENZIA}::uuid, 2)`).rejects.toThrow(/no charge/);
});

test('the export has the openings in the place of what they stand for, and status and report count them', async () => {
  await audit(context, { what: 'export', out: 'ledger.jsonl', organization: AGENZIA, until: '2026-01-01' });
  const lines = readFileSync(join(context.folder, 'ledger.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line));
  expect(lines.filter(line => line.kind === 'opening')).toMatchObject([
    { sequence: 5, reason: 'entries 2 to 5, archived', legacy_delta: -5, ai_before: 200, ai_change: -5, ai_after: 195 },
    { sequence: 7 },
    { sequence: 9 },
  ]);
  expect(text((await status(context)).blocks)).toContain('openings for 8 archived charges');
  const completion = text((await report(context, { kind: 'completion' })).blocks);
  expect(completion).toContain('; 8 more left the log by retention, and openings stand for them\n');
});

test('stopped between two pages it goes on with what is left, and the next months join the openings beside them', async () => {
  const organizations = await spendOften(sql, 20);
  await age(sql, 14);
  let pages = 0;
  const progress: Context['progress'] = event => {
    if (event.event === 'rows') pages += 1;
  };
  const before = await count(`${LOG} where success`);
  expect(await problemOf(retain({ ...context, progress, stopping: () => pages > 0 }))).toMatchObject({
    code: 'INTERRUPTED',
  });
  const left = await count(`${LOG} where success`);
  expect([left > 0, left < before]).toEqual([true, true]);
  expect((await retain(context)).document).toMatchObject({ removed: { entries: left } });
  const one = organizations[0] ?? '';
  await sql`select consume_credits_rpc(${one}::uuid, 'ai_chat')`;
  await age(sql, 14);
  await retain(context, '12mo');
  expect(await openings(one)).toMatchObject([{ first: 2, sequence: 32, delta: -31 }]);
  expect(foundIn((await verify(context, { only: 'ledger' })).document)).toEqual([]);
});
