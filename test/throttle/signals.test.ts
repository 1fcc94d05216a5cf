import { expect, test } from 'vitest';
import { buildModel } from '../../src/config/model.ts';
import { connect, type Sql } from '../../src/database/connect.ts';
import { readFacts } from '../../src/database/facts.ts';
import { archivingReason, archivingSignal } from '../../src/throttle/archiving.ts';
import { latencySignal } from '../../src/throttle/latency.ts';
import { lockWaitersSignal } from '../../src/throttle/lock-waiters.ts';
import { replicationSignal } from '../../src/throttle/replication.ts';
import { openSessions } from '../../src/throttle/sessions.ts';
import { AGENZIA, freshDatabase, guardianConfig } from '../support/guardian.ts';
import { connectStandby, type Standby } from './standby.ts';

const BALANCES = 'public.organization_credits';
const limits = { megabytes: 1, seconds: 3600, standbys: ['standby_signals'] };

/** Looks until the signal says what is expected: the server learns of a standby's replies when it wants to. */
async function until(signal: { reason: () => Promise<string | undefined> }, expected: RegExp | undefined) {
  for (;;) {
    const reason = await signal.reason();
    if (expected === undefined ? reason === undefined : expected.test(reason ?? '')) return reason;
  }
}

/** Replays all there is until the signal lets go: other tests write to the same server meanwhile. */
async function caughtUp(standby: Standby, signal: { reason: () => Promise<string | undefined> }, sql: Sql) {
  do {
    const [row] = await sql<{ lsn: string }[]>`select pg_current_wal_lsn()::text as lsn`;
    standby.replayed(row?.lsn ?? '');
  } while ((await signal.reason()) !== undefined);
}

test('replication: a standby that is behind holds until it has replayed', async () => {
  const { url, sql } = await freshDatabase();
  const signal = replicationSignal(sql, limits);
  expect(await signal.reason()).toBe('standby standby_signals is not connected');
  const standby = await connectStandby(url, 'standby_signals');
  await caughtUp(standby, signal, sql);
  // Transactional: the commit has it written to its end before the first look.
  await sql`select pg_logical_emit_message(true, 'test', repeat('x', 3 * 1024 * 1024))`;
  const [, behind] = /^standby standby_signals is (\d+) MB behind$/.exec((await signal.reason()) ?? '') ?? [];
  expect(Number(behind)).toBeGreaterThanOrEqual(3);
  await caughtUp(standby, signal, sql);
});

test('replication: no standby at all, and a role that may not look, hold', async () => {
  const { url, sql } = await freshDatabase();
  const anybody = { ...limits, standbys: [] };
  await connectStandby(url, 'standby2');
  const asNobody = await sql.reserve();
  await asNobody`set role anon`;
  expect(await replicationSignal(asNobody, anybody).reason()).toBe(
    'replication lag cannot be read: the role needs pg_monitor',
  );
  await asNobody`reset role`;
  asNobody.release();
  expect(await replicationSignal(sql, { ...limits, standbys: ['standby3'] }).reason()).toMatch(/standby3 is not/);
});

test('archiving: off, failing and far behind hold', async () => {
  const { sql } = await freshDatabase();
  // The server of the tests archives nothing.
  expect(await archivingSignal(sql, { segments: 8 }).reason()).toMatch(/^WAL archiving is off/);
  const fine = { mode: 'on', failing: false, failed: null, ready: 8 };
  expect(archivingReason(fine, { segments: 8 })).toBeUndefined();
  expect(archivingReason({ ...fine, ready: null }, { segments: 8 })).toBeUndefined();
  expect(archivingReason({ ...fine, ready: 9 }, { segments: 8 })).toBe('9 WAL files wait to be archived');
  expect(archivingReason({ ...fine, failing: true, failed: '0000A' }, { segments: 8 })).toBe(
    'WAL archiving fails at 0000A',
  );
});

test('lock waiters: who waits for a row of the table counts, who waits elsewhere does not', async () => {
  const { url, sql } = await freshDatabase();
  const signal = lockWaitersSignal(sql, [BALANCES], 1);
  const elsewhere = lockWaitersSignal(sql, ['public.credit_actions'], 0);
  const holder = await sql.reserve();
  await holder`begin`;
  await holder`update public.organization_credits set updated_at = now() where organization_id = ${AGENZIA}`;
  expect(await signal.reason()).toBeUndefined();
  const { sql: clients } = await connect({ url, environment: {} }, 'client');
  const waiting = [1, 2].map(
    () => clients`update public.organization_credits set updated_at = now() where organization_id = ${AGENZIA}`,
  );
  const charges = Promise.all(waiting);
  expect(await until(signal, /./)).toBe('2 sessions wait for locks on the credit tables');
  expect(await elsewhere.reason()).toBeUndefined();
  await holder`commit`;
  holder.release();
  await charges;
  expect(await signal.reason()).toBeUndefined();
  await clients.end();
});

test('latency: a read that takes many times the baseline holds', async () => {
  const { sql } = await freshDatabase();
  await sql.unsafe(`
    create table public.delay as select 0::double precision as seconds;
    create view public.slow as select b.* from public.organization_credits as b, public.delay, pg_sleep(delay.seconds)`);
  const config = guardianConfig();
  const facts = await readFacts(sql, config);
  const model = buildModel({ ...config, balances: { ...config.balances, table: 'public.slow' } }, facts);
  const signal = await latencySignal(sql, model, 2);
  await until(signal, undefined);
  await sql`update public.delay set seconds = 0.3`;
  expect(await signal.reason()).toMatch(/^reading a balance takes \d+ ms, [\d.]+ ms before the first page$/);
});

/** Sessions that are at work until they are let go; a lock that they wait for keeps them so. */
async function atWork(url: string, sql: Sql, count: number): Promise<() => Promise<void>> {
  const holder = await sql.reserve();
  await holder`begin`;
  await holder`select pg_advisory_xact_lock(1)`;
  const { sql: clients } = await connect({ url, environment: {} }, 'client', count);
  const working = Array.from({ length: count }, () => clients`select pg_advisory_xact_lock_shared(1)`.execute());
  return async () => {
    await holder`commit`;
    holder.release();
    await Promise.all(working);
    await clients.end();
  };
}

test('sessions: more of them at work than twice those of before hold until they are done', async () => {
  const { url, sql } = await freshDatabase();
  const { signal, seenWithin } = await openSessions(sql, 2);
  expect([await signal.reason(), seenWithin(60_000)]).toEqual([undefined, false]);
  const release = await atWork(url, sql, 3);
  expect(await until(signal, /./)).toBe('3 sessions are at work at once, 0.0 before the first page');
  await release();
  await until(signal, undefined);
  expect(seenWithin(60_000)).toBe(true);
});

test('sessions: those that stay at work while nothing of ours is are the clients’ own, until they are fewer', async () => {
  const { url, sql } = await freshDatabase();
  const { signal } = await openSessions(sql, 2, 300);
  const release = await atWork(url, sql, 3);
  await until(signal, /^3 sessions/);
  await until(signal, undefined);
  for (let look = 0; look < 20; look++) expect(await signal.reason()).toBeUndefined();
  await release();
  await until(signal, undefined);
  const again = await atWork(url, sql, 3);
  await until(signal, /^3 sessions are at work at once, 0.0 before/);
  await again();
});

test('sessions: not looked at they hold nothing, and are seen', async () => {
  const { url, sql } = await freshDatabase();
  const { signal, seenWithin } = await openSessions(sql, false);
  const release = await atWork(url, sql, 3);
  do expect(await signal.reason()).toBeUndefined();
  while (!seenWithin(60_000));
  await release();
});
