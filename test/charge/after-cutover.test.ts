import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { reallocate } from '../../src/commands/reallocate/reallocate.ts';
import { status } from '../../src/commands/status.ts';
import { verify } from '../../src/commands/verify.ts';
import { buildModel } from '../../src/config/model.ts';
import { connect, type Queryable, type Sql, type Transaction } from '../../src/database/connect.ts';
import { readFacts } from '../../src/database/facts.ts';
import { countCharges } from '../../src/watch/guard/charges.ts';
import { reportOf } from '../reports/walk.ts';
import { contextFor, guardianConfig, migrate } from '../support/guardian.ts';
import { sharedDatabase } from '../support/migrated.ts';

let database: Awaited<ReturnType<typeof sharedDatabase>>;
let sql: Sql;
let context: ReturnType<typeof contextFor>;
beforeAll(async () => {
  database = await sharedDatabase();
  sql = database.sql;
  context = contextFor(database.url);
  await migrate(context);
});
afterAll(() => database.drop());

/** What 16 clients on connections of their own are answered, all of them at once, round after round. */
async function clients<T>(
  rounds: number,
  call: (sql: Sql, round: number) => Promise<T>,
): Promise<PromiseSettledResult<T>[]> {
  const open = await Promise.all(Array.from({ length: 16 }, () => connect({ url: database.url, environment: {} })));
  const answers: PromiseSettledResult<T>[] = [];
  for (let round = 0; round < rounds; round++)
    answers.push(...(await Promise.allSettled(open.map(client => call(client.sql, round)))));
  await Promise.all(open.map(client => client.sql.end()));
  return answers;
}

/** A new organization with the pools of starter: AI 200, WhatsApp 150, Email 1000, SMS 50. */
async function organization(plan = 'starter'): Promise<string> {
  const id = randomUUID();
  await sql`insert into organizations (id, name, slug) values (${id}, ${id}, ${id})`;
  await sql`insert into organization_credits (organization_id, plan_name, credits_remaining) values (${id}, ${plan}, 100)`;
  return id;
}

async function charge(id: string, action: string, quantity = 1, key: string | null = null) {
  const [row] =
    await sql`select consume_credits_rpc(${id}, ${action}, ${quantity}, p_idempotency_key => ${key}) as answer`;
  return row?.answer;
}
const number = (rows: readonly Record<string, unknown>[]) => Number(rows[0]?.entry);
const reverse = async (id: string, entry: number, quantity: number | null = null, key: string | null = null) =>
  number(await sql`select reverse_credits(${id}, ${entry}, ${quantity}, ${key}, 'provider failed') as entry`);

/** AI and SMS as available/total, and the counter. */
async function pools(id: string): Promise<string> {
  const [row] = await sql`
    select format('ai %s/%s sms %s/%s entries %s', ai_credits_available, ai_credits_total, sms_credits_available,
                  sms_credits_total, last_sequence) as text
      from organization_credits where organization_id = ${id}`;
  return row?.text;
}

test('a charge is reversed in parts, to the last unit and never beyond, each with its share of the legacy cost', async () => {
  const id = await organization();
  const { entry } = await charge(id, 'sms_send', 5);
  expect(await reverse(id, entry, 2)).toBe(3);
  expect(await pools(id)).toBe('ai 200/200 sms 47/50 entries 3');
  await expect(reverse(id, entry, 4)).rejects.toMatchObject({ code: '22023', hint: 'ALREADY_REVERSED' });
  expect(await reverse(id, entry)).toBe(4);
  await expect(reverse(id, entry)).rejects.toMatchObject({ hint: 'ALREADY_REVERSED' });
  expect(await pools(id)).toBe('ai 200/200 sms 50/50 entries 4');
  const log = await sql`
    select action_type, quantity, sms_credits_consumed as sms, credits_consumed as sum, balance_before as before,
           balance_after as after, legacy_delta as legacy, metadata
      from credit_consumption_logs where organization_id = ${id} order by sequence offset 1`;
  const metadata = { reverses: 2, reason: 'provider failed' };
  expect([...log]).toEqual([
    { action_type: 'sms_send', quantity: -2, sms: -2, sum: -2, before: 45, after: 47, legacy: 4, metadata },
    { action_type: 'sms_send', quantity: -3, sms: -3, sum: -3, before: 47, after: 50, legacy: 6, metadata },
  ]);
});

test('a repeated reversal with its key answers the first number, another with that key is a conflict', async () => {
  const id = await organization();
  const { entry } = await charge(id, 'ai_chat', 3, 'charge-1');
  expect(await reverse(id, entry, 1, 'refund-1')).toBe(3);
  expect(await reverse(id, entry, 1, 'refund-1')).toBe(3);
  const conflict = { code: '22023', hint: 'IDEMPOTENCY_CONFLICT' };
  await expect(reverse(id, entry, 2, 'refund-1')).rejects.toMatchObject(conflict);
  await expect(reverse(id, entry, 1, 'charge-1')).rejects.toMatchObject(conflict);
  expect(await charge(id, 'ai_chat', 1, 'refund-1')).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
  expect(await pools(id)).toBe('ai 198/200 sms 50/50 entries 3');
});

test('16 clients that reverse the same charges give each back once', async () => {
  const id = await organization();
  const entries: number[] = [];
  for (let n = 0; n < 10; n++) entries.push((await charge(id, 'ai_chat', 10)).entry);
  const answers = await clients(10, (own, n) =>
    own`select reverse_credits(${id}, ${entries[n] ?? 0}, 3)`.then(() => n),
  );
  expect(answers.flatMap(a => (a.status === 'fulfilled' ? a.value : []))).toEqual(entries.flatMap((_, n) => [n, n, n]));
  expect(await pools(id)).toBe('ai 190/200 sms 50/50 entries 41');
});

test('only a charge of this organization can be reversed, and not one from before its deletion', async () => {
  const id = await organization();
  const { entry } = await charge(id, 'ai_chat');
  const back = await reverse(id, entry);
  const unknown = { code: '22023', hint: 'UNKNOWN_ENTRY' };
  for (const other of [1, back, 99]) await expect(reverse(id, other)).rejects.toMatchObject(unknown);
  await expect(reverse(await organization(), entry)).rejects.toMatchObject(unknown);
  await expect(reverse(id, entry, 0)).rejects.toMatchObject({ hint: 'INVALID_QUANTITY' });
  await expect(reverse(randomUUID(), 2)).rejects.toMatchObject({ hint: 'UNKNOWN_ORGANIZATION' });
  const { entry: second } = await charge(id, 'ai_chat');
  await sql`delete from organization_credits where organization_id = ${id}`;
  await sql`insert into organization_credits (organization_id, plan_name) values (${id}, 'starter')`;
  await expect(reverse(id, second)).rejects.toMatchObject(unknown);
});

const topUp = async (id: string, credits: number, reference: string | null, pool = 'sms') =>
  number(await sql`select top_up_credits(${id}, ${pool}, ${credits}, ${reference}) as entry`);
const reset = async (id: string, period: string | null) =>
  number(await sql`select reset_cycle(${id}, ${period}::text::date) as entry`);

test('16 clients with one payment top up once; another amount, or none, is refused', async () => {
  const id = await organization();
  const paid = (n: number) => `pi_${n}`;
  const answers = await clients(10, async (own, n) =>
    number(await own`select top_up_credits(${id}, 'sms', 3, ${paid(n)}) as entry`),
  );
  const tenfold = Array.from({ length: 10 }, (_, n) => Array.from({ length: 16 }, () => n + 2)).flat();
  expect(answers.map(a => (a.status === 'fulfilled' ? a.value : a.reason))).toEqual(tenfold);
  expect(await pools(id)).toBe('ai 200/200 sms 80/80 entries 11');
  const free = await organization('free');
  const refused: [hint: string, call: Parameters<typeof topUp>][] = [
    ['IDEMPOTENCY_CONFLICT', [id, 4, 'pi_1']],
    ['IDEMPOTENCY_CONFLICT', [id, 3, 'pi_1', 'ai']],
    ['INVALID_QUANTITY', [id, 0, 'pi_new']],
    ['INVALID_REFERENCE', [id, 1, ' ']],
    ['INVALID_REFERENCE', [id, 1, null]],
    ['UNKNOWN_POOL', [id, 1, 'pi_new', 'fax']],
    ['QUANTITY_OVERFLOW', [id, 2_147_483_647 - 79, 'pi_new']],
    ['NOT_ALLOCATED', [free, 1, 'pi_new']],
    ['UNKNOWN_ORGANIZATION', [randomUUID(), 1, 'pi_new']],
  ];
  for (const [hint, call] of refused) await expect(topUp(...call)).rejects.toMatchObject({ code: '22023', hint });
  expect(await topUp(id, 2_147_483_647 - 80, 'pi_new')).toBe(12);
});

test('a cycle gives back the plan’s credits and keeps what is left of a top-up, which is spent last', async () => {
  const id = await organization();
  await topUp(id, 30, 'pi_1');
  await charge(id, 'sms_send', 60);
  const begun = await clients(1, async own => number(await own`select reset_cycle(${id}, '2026-12-01') as entry`));
  expect(begun).toEqual(Array.from({ length: 16 }, () => ({ status: 'fulfilled', value: 4 })));
  expect(await pools(id)).toBe('ai 200/200 sms 70/70 entries 4');
  await charge(id, 'sms_send', 10);
  expect(await reset(id, '2027-01-01')).toBe(6);
  expect(await pools(id)).toBe('ai 200/200 sms 70/70 entries 6');
  expect(await reset(id, '2026-12-01')).toBe(4);
  await expect(reset(id, '2026-11-30')).rejects.toMatchObject({ code: '22023', hint: 'PERIOD_PASSED' });
  for (const none of [null, 'infinity']) {
    await expect(reset(id, none)).rejects.toMatchObject({ code: '22023', hint: 'INVALID_PERIOD' });
  }
});

test('at the very boundary of two cycles a charge counts to the one that has begun when it gets its row', async () => {
  const id = await organization();
  /** The first call and then the second, which has to wait for the first's row until it is committed. */
  const inTurn = async (
    first: (own: Transaction) => Promise<unknown>,
    second: (own: Transaction) => Promise<unknown>,
  ) => {
    const waiting = () =>
      sql`select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`;
    let later: Promise<unknown> | undefined;
    await sql.begin(async tx => {
      await first(tx);
      later = sql.begin(second);
      while ((await waiting()).length === 0) await new Promise(setImmediate);
    });
    await later;
  };
  const charged = (own: Queryable) => own`select consume_credits_rpc(${id}::uuid, 'sms_send', 10)`;
  const begun = (own: Queryable, day: string) => own`select reset_cycle(${id}, ${day}::text::date)`;
  await inTurn(charged, own => begun(own, '2026-12-01'));
  expect(await pools(id)).toBe('ai 200/200 sms 50/50 entries 3');
  await inTurn(own => begun(own, '2027-01-01'), charged);
  expect(await pools(id)).toBe('ai 200/200 sms 40/50 entries 5');
  const resets = await sql`
    select sms_before::integer as before, sms_granted::integer as granted
      from creditshift.allocations where organization = ${id} and kind = 'reset' order by sequence`;
  expect([...resets]).toEqual([
    { before: 40, granted: 10 },
    { before: 50, granted: 0 },
  ]);
});

test('a plan change keeps what is left of a top-up, and reallocate has nothing to do about it', async () => {
  const id = await organization();
  await topUp(id, 30, 'pi_1');
  await charge(id, 'sms_send', 60);
  await sql`update organization_credits set plan_name = 'premium' where organization_id = ${id}`;
  await reallocate(context, { organization: id });
  expect(await pools(id)).toBe('ai 1500/1500 sms 470/520 entries 4');
  expect(await reallocate(context, { organization: id })).toMatchObject({ document: { organizations: [] } });
});

test('a charge of the last cycle is given back whole: the total makes room, and the next cycle keeps it', async () => {
  const id = await organization();
  const { entry } = await charge(id, 'sms_send', 40);
  await reset(id, '2026-12-01');
  expect(await reverse(id, entry, 15)).toBe(5);
  expect(await pools(id)).toBe('ai 200/200 sms 65/65 entries 5');
  expect(await reset(id, '2027-01-01')).toBe(6);
  expect(await pools(id)).toBe('ai 200/200 sms 65/65 entries 6');
});

test('status, guard and the reports tell them from charges', async () => {
  const id = await organization();
  const count = async () => {
    const { counts } = (await status(context)).document as { counts: Record<string, number> };
    return { reversals: counts.reversals ?? 0, topUps: counts.topUps ?? 0, resets: counts.resets ?? 0 };
  };
  const before = await count();
  const [{ charges } = { charges: 0 }] = await sql<{ charges: number }[]>`
    select count(*)::integer as charges from credit_consumption_logs where success and quantity > 0`;
  const { entry } = await charge(id, 'ai_chat', 2);
  await topUp(id, 5, 'pi_1');
  await reset(id, '2026-12-01');
  for (const _ of ['a part', 'the rest']) await reverse(id, entry, 1);
  const { reversals, topUps, resets } = await count();
  expect({ reversals, topUps, resets }).toEqual({
    reversals: before.reversals + 2,
    topUps: before.topUps + 1,
    resets: before.resets + 1,
  });
  const text = await reportOf(database.url, { kind: 'completion' });
  expect(text).toMatch(
    new RegExp(
      `: ${charges + 1} charges, \\d+ refusals, ${reversals} reversals; ${topUps} top-ups, ${resets} cycles begun`,
    ),
  );
  const seen = await countCharges(sql, buildModel(guardianConfig(), await readFacts(sql, guardianConfig())), 3600);
  expect(seen).toMatchObject({ charges: charges + 1, reversals });
});

test('paused, none of the three changes anything; only who acts for all may call them', async () => {
  const id = await organization();
  const { entry } = await charge(id, 'ai_chat');
  await sql`update creditshift.control set mode = 'maintenance'`;
  const calls = [() => reverse(id, entry), () => topUp(id, 1, 'pi_1'), () => reset(id, '2026-12-01')];
  for (const call of calls) await expect(call()).rejects.toMatchObject({ code: '22023', hint: 'MAINTENANCE' });
  await sql`update creditshift.control set mode = 'live'`;
  expect(await pools(id)).toBe('ai 199/200 sms 50/50 entries 2');
  const reversed = (role: string) =>
    sql.begin(async tx => {
      await tx.unsafe(`set local role ${role}`);
      return tx`select reverse_credits(${id}, ${entry}) as entry`;
    });
  await expect(reversed('authenticated')).rejects.toMatchObject({ code: '42501' });
  expect(number(await reversed('service_role'))).toBe(3);
});

test('after all of it every check passes', async () => {
  expect(await verify(context)).toMatchObject({ exitCode: 0 });
});
