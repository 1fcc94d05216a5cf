import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { guard } from '../../src/commands/guard.ts';
import { rollback } from '../../src/commands/rollback/rollback.ts';
import { reserve } from '../../src/database/reserve.ts';
import { ADMIN, AGENZIA, contextFor, freshDatabase, migrate } from '../support/guardian.ts';
import { cuttable } from './cuttable.ts';
import { charge, cutOver, guardedYaml, modeOf, watched } from './guarding.ts';

const after = (count: number) => (looks: readonly unknown[]) => looks.length >= count;

test('it tells at each look what it sees, writes nothing, and has nothing open between two looks', async () => {
  const { url, sql } = await cutOver();
  await charge(sql, 19, 1);
  const everything = async () =>
    (
      await sql`select (select json_agg(b order by organization_id) from organization_credits as b)::text as balances,
                      (select count(*)::integer from credit_consumption_logs) as log,
                      (select max(position)::integer from creditshift.journal) as journal`
    )[0];
  const before = await everything();
  const open: Promise<{ count: number }[]>[] = [];
  const { result, looks } = await watched(url, {}, after(3), {}, () => {
    open.push(
      Promise.resolve(sql<{ count: number }[]>`
        select count(*)::integer as count from pg_stat_activity
         where datname = current_database() and application_name = 'creditshift'
           and state is not null -- one of the pool that is only starting has none
           and (xact_start is not null or backend_xid is not null or backend_xmin is not null)`),
    );
  });
  expect(looks.at(-1)).toMatchObject({ charges: 19, refusals: 1, unread: [], exceeded: [], errorRate: null });
  const [recorded] = await sql<{ ms: number }[]>`
    select (data ->> 'milliseconds')::double precision as ms from creditshift.journal where event = 'baseline'`;
  expect(looks.map(look => look.baseline)).toEqual([recorded?.ms, recorded?.ms, recorded?.ms]);
  expect(looks[0]?.latency).toBeGreaterThan(0);
  expect((await Promise.all(open)).flat()).toEqual([{ count: 0 }, { count: 0 }, { count: 0 }]);
  expect(await everything()).toEqual(before);
  expect(result).toMatchObject({ exitCode: 0, document: { looks: 3, exceeded: 0, first: null, rollback: null } });
});

test('more than 10 % of charges refused exceed a limit; fewer charges than leastCharges, or exactly 10 %, do not', async () => {
  const { url, sql } = await cutOver();
  await charge(sql, 1, 3);
  expect((await watched(url, {}, after(1))).result).toMatchObject({ exitCode: 0 });
  await charge(sql, 26, 0);
  expect((await watched(url, {}, after(1))).result).toMatchObject({ exitCode: 0 });
  await charge(sql, 0, 1);
  const { result, looks } = await watched(url, {}, after(2));
  const reason = '12.9 % of 31 charges were refused in 5 min, the limit is 10 %';
  expect(looks.map(look => look.exceeded)).toEqual([[reason], [reason]]);
  expect(result).toMatchObject({ exitCode: 5, document: { looks: 2, exceeded: 2, first: { exceeded: [reason] } } });
  expect(await modeOf(sql)).toBe('live');
});

test('charges before the window are not counted', async () => {
  const { url, sql } = await cutOver();
  await charge(sql, 20, 5);
  const { looks } = await watched(url, { window: 0.00001 }, after(1));
  expect(looks[0]).toMatchObject({ charges: 0, refusals: 0, exceeded: [] });
});

test('--rollback disable goes back by itself, settles, and says why in runs and journal', async () => {
  const { url, sql } = await cutOver();
  await charge(sql, 20, 5);
  const { result } = await watched(url, {}, () => false, { rollback: 'disable' });
  const reason = 'guard: 20 % of 25 charges were refused in 5 min, the limit is 10 %';
  expect(result).toMatchObject({
    exitCode: 5,
    document: { looks: 1, rollback: { method: 'disable', settlement: { organizations: 1, charged: '20' } } },
  });
  expect(await modeOf(sql)).toBe('disabled');
  const [run] = await sql`select command, reason, outcome from creditshift.runs order by started_at desc limit 1`;
  expect(run).toEqual({ command: 'rollback disable', reason, outcome: 'done' });
  const [entry] = await sql`select data ->> 'reason' as reason from creditshift.journal where event = 'rollback'`;
  expect(entry).toEqual({ reason });
  const [answer] = await sql`select consume_credits_rpc(${AGENZIA}, 'ai_chat') as answer`;
  expect(answer).toEqual({ answer: { success: true, credits_consumed: 1, credits_remaining: 78 } });
});

test('of two guards one goes back, once, and the other sees it', async () => {
  const { url, sql } = await cutOver();
  await charge(sql, 20, 5);
  const [begun, go] = ['begun', 'go'].map(name => JSON.stringify(join(mkdtempSync(join(tmpdir(), 'guards-')), name)));
  // The first has the lease, and stands still there.
  const hook = `fs.writeFileSync(${begun}, ''); const t = setInterval(() => fs.existsSync(${go}) && clearInterval(t), 20)`;
  const start = { run: [process.execPath, '-e', hook] };
  const options = { rollback: 'disable' as const };
  const first = watched(url, {}, () => false, options, undefined, { start });
  await vi.waitUntil(() => existsSync(JSON.parse(begun ?? '')), { timeout: 60_000 });
  let looks = 0;
  const second = await watched(
    url,
    {},
    () => false,
    options,
    () => {
      looks += 1;
      if (looks === 2) writeFileSync(JSON.parse(go ?? ''), '');
    },
  );
  expect(second.notes[0]).toMatch(/^no rollback yet: Another run holds the lease: creditshift rollback disable by /);
  expect(second.result).toMatchObject({ exitCode: 5, document: { rollback: null, undoneByOthers: true } });
  expect((await first).result.document.rollback).toMatchObject({ method: 'disable' });
  const [done] = await sql`
    select count(*)::integer as rollbacks, (select credits_remaining from organization_credits where organization_id = ${AGENZIA}) as left
      from creditshift.journal where event = 'rollback'`;
  expect(done).toEqual({ rollbacks: 1, left: 79 });
});

test('a charge that takes longer than 150 % of the baseline, and not for a moment only', async () => {
  const { url, sql } = await cutOver();
  await sql.unsafe(`
    create function slow() returns trigger language plpgsql as 'begin perform pg_sleep(0.01); return new; end';
    create trigger slow before insert on credit_consumption_logs for each row execute function slow()`);
  const { looks, result } = await watched(url, {}, found => found.some(look => look.exceeded.length > 0));
  expect(looks.map(look => look.exceeded.length)).toEqual([0, 0, 1]);
  expect(looks[2]?.exceeded[0]).toMatch(/^a charge takes 1\d(\.\d+)? ms, the limit is 150 % of \d(\.\d+)? ms$/);
  expect(result.exitCode).toBe(5);
});

test('where no baseline was recorded, the first look is it', async () => {
  const { url, sql } = await cutOver();
  await sql.unsafe(
    `alter table creditshift.journal disable trigger all; delete from creditshift.journal where event = 'baseline'`,
  );
  const { looks } = await watched(url, {}, after(2));
  expect(looks[1]?.baseline).toBe(looks[0]?.latency);
});

test('a broken invariant, and a function that no longer charges', async () => {
  const { url, sql } = await cutOver();
  await sql`update organization_credits set ai_credits_available = ai_credits_available - 1 where organization_id = ${ADMIN}`;
  const ledger = await watched(url, {}, after(1));
  expect(ledger.looks[0]?.exceeded).toEqual([
    expect.stringMatching(/^ledger\.equation is broken \(1\): organization .*0001: ai 1499, by the ledger 1500$/),
  ]);
  await sql`update organization_credits set ai_credits_available = ai_credits_available + 1 where organization_id = ${ADMIN}`;
  await sql.unsafe(`
    create function broken() returns trigger language plpgsql as $$ begin raise 'no such partition'; end $$;
    create trigger broken before insert on credit_consumption_logs for each row execute function broken()`);
  const { looks } = await watched(url, {}, after(1));
  expect(looks[0]).toMatchObject({ latency: null, unread: [], exceeded: ['a charge fails: no such partition'] });
});

test('a check that takes too long here is left to verify, once and for all; a lock is no fault', async () => {
  const { url, sql } = await cutOver();
  const client = await reserve(sql);
  await client`begin`;
  await client`lock table creditshift.allocations in access exclusive mode`;
  const { looks } = await watched(url, { checkMilliseconds: 300 }, after(2));
  await client`rollback`;
  client.release();
  expect(looks.map(look => look.unread)).toEqual([
    ['equation', 'sequence-gapless', 'balance-chain', 'legacy-delta', 'reversals'].map(
      name => `ledger.${name}: takes too long here, left to verify from now on`,
    ),
    [],
  ]);
  expect(looks.map(look => look.exceeded)).toEqual([[], []]);
});

test('the application tells its error rate by a program or a page; one that tells none exceeds nothing', async () => {
  const { url } = await cutOver();
  const tell = (words: string) => ({ run: [process.execPath, '-e', words] });
  const seen = async (application: object) => (await watched(url, { application }, after(1))).looks[0];
  expect(await seen(tell('console.log("errors: 4.9 %")'))).toMatchObject({ errorRate: 4.9, exceeded: [] });
  expect(await seen(tell('console.log(5.1)'))).toMatchObject({
    errorRate: 5.1,
    exceeded: ['the application tells 5.1 % errors, the limit is 5 %'],
  });
  expect(await seen(tell('process.exit(3)'))).toMatchObject({
    errorRate: null,
    unread: ['application: it ended with 3'],
    exceeded: [],
  });
  expect(await seen({ ...tell('setInterval(() => {}, 1000)'), timeout: 0.2 })).toMatchObject({
    unread: ['application: it took longer than 0.2 s'],
  });
  const page = createServer((request, response) => {
    response.writeHead(request.url === '/errors' ? 200 : 404).end('{"errorRate": 30}');
  });
  await new Promise<void>(done => page.listen(0, '127.0.0.1', done));
  onTestFinished(() => void page.close());
  const address = `http://127.0.0.1:${(page.address() as AddressInfo).port}`;
  expect(await seen({ url: `${address}/errors`, errorRate: 20 })).toMatchObject({
    exceeded: ['the application tells 30 % errors, the limit is 20 %'],
  });
  expect(await seen({ url: `${address}/nothing` })).toMatchObject({ unread: ['application: it answered 404'] });
});

test('it watches one cutover: it ends when somebody undoes it, and begins at none', async () => {
  const { url, context } = await cutOver();
  const { result } = await watched(
    url,
    {},
    () => false,
    {},
    look => {
      if (look.at !== '') void rollback(context, { method: 'disable' }).catch(() => {});
    },
  );
  expect(result).toMatchObject({ exitCode: 0, document: { undoneByOthers: true } });
  await expect(watched(url, {}, after(1))).rejects.toMatchObject({ code: 'NOT_CUT_OVER', exitCode: 6 });
});

test('it asks at the start for the rollback, not then: a no, another database and a changed legacy function are refused', async () => {
  const { url, sql, context } = await cutOver();
  const options = { rollback: 'disable' as const };
  await expect(guard({ ...context, confirm: async () => false }, options)).rejects.toMatchObject({
    code: 'NOT_CONFIRMED',
  });
  const yaml = 'expect: { database: another }\n';
  const other = contextFor(url, yaml + guardedYaml());
  await expect(guard({ ...other, unattended: true }, options)).rejects.toMatchObject({ code: 'WRONG_DATABASE' });
  await sql.unsafe('grant execute on function creditshift_aside.consume_credits_rpc(uuid, text) to pg_monitor');
  await expect(guard(context, options)).rejects.toMatchObject({ code: 'LEGACY_CHANGED' });
  expect(await modeOf(sql)).toBe('live');
  const { url: early } = await freshDatabase();
  await migrate(contextFor(early), { to: 'index' });
  await expect(watched(early, {}, after(1), options)).rejects.toMatchObject({ code: 'NOT_CUT_OVER' });
});

test('a connection that is cut costs a look at most; one that stays away ends the guard with its own error', async () => {
  const { url, sql } = await cutOver();
  await charge(sql, 3, 0);
  const line = await cuttable(url);
  const cut = watched(line.through, {}, after(3), {}, () => void line.cut());
  expect((await cut).looks.map(look => look.charges)).toEqual([3, 3, 3]);
  const lost = watched(
    line.through,
    {},
    () => false,
    { rollback: 'disable' },
    () => void line.close(),
  );
  await expect(lost).rejects.toMatchObject({
    code: 'CONNECTION_LOST',
    exitCode: 3,
    message: expect.stringMatching(/^Nobody watches any more\. The connection to 127\.0\.0\.1:\d+\/\w+ was lost: /),
    state: expect.stringContaining('guard has nothing open in it'),
  });
  expect(await modeOf(sql)).toBe('live');
  const [left] = await sql`select count(*)::integer as sessions from pg_stat_activity
                            where datname = current_database() and application_name like 'creditshift%' and xact_start is not null`;
  expect(left).toEqual({ sessions: 0 });
});
