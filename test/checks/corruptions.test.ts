import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { measure } from '../../src/baseline/measure.ts';
import { CHECKS } from '../../src/checks/all.ts';
import { type CheckResult, runChecks } from '../../src/checks/run.ts';
import { openSession } from '../../src/commands/session/session.ts';
import type { Sql, Transaction } from '../../src/database/connect.ts';
import { readState } from '../../src/database/state.ts';
import { STEPS } from '../../src/steps/all.ts';
import { ADMIN, AGENZIA, guardianConfig, VICTORY } from '../support/guardian.ts';
import { migrateTo, sharedDatabase } from '../support/migrated.ts';
import { CORRUPTIONS } from './corruptions/all.ts';
import { type Corruption, edit } from './corruptions/plant.ts';

type State = NonNullable<Corruption['state']> | 'cut over';

const TARGET = { partial: 'index', 'cut over': undefined, hardened: 'harden' };

const databases = new Map<State, Awaited<ReturnType<typeof sharedDatabase>>>();

const CLOSED = `
  revoke all on public.organization_credits, public.credit_actions, public.credit_consumption_logs from anon;
  revoke insert, update, delete, truncate on public.organization_credits, public.credit_actions, public.credit_consumption_logs
    from authenticated;
  ${edit(
    'public.consume_credits_rpc(uuid, text)',
    'begin',
    `begin
    if current_setting('role') = 'authenticated' and not exists (
      select from public.profiles where id = auth.uid() and organization_id = p_organization_id) then
      raise exception 'not yours' using errcode = '42501';
    end if;`,
  )};
  drop policy credits_any_reader on public.organization_credits;
  create policy credits_own on public.organization_credits for select
    using (organization_id in (select organization_id from public.profiles where id = auth.uid()));
  alter function public.consume_credits_rpc(uuid, text) set search_path = pg_catalog, pg_temp;
  revoke execute on function public.consume_credits_rpc(uuid, text) from public;
  drop index public.idx_organization_credits_org_id, public.idx_credit_consumption_logs_organization_id`;

beforeAll(async () => {
  for (const state of ['unmigrated', 'partial', 'cut over', 'hardened'] as const) {
    const database = await sharedDatabase();
    databases.set(state, database);
    // Nothing to find before anything is planted: the organization without credits goes, and what Guardian left open or twice.
    await database.sql`delete from public.organizations where id = ${VICTORY}`;
    await database.sql.unsafe(CLOSED);
    const session = await openSession(database.sql, {} as never, guardianConfig());
    const before = state === 'cut over' ? await measure(session, undefined) : undefined;
    if (state !== 'unmigrated') await migrateTo(database.sql, TARGET[state]);
    if (before)
      await database.sql`
        insert into creditshift.baseline values ('performance', now(), ${JSON.stringify(before)}::text::jsonb)`;
    if (state === 'cut over' || state === 'hardened') await charge(database.sql);
  }
});

/** How many faults were planted, how many their check found, and how many another found without a reason to. */
const rate = { tried: 0, found: 0, unrelated: 0 };

afterAll(async () => {
  const { tried, found, unrelated } = rate;
  process.stdout.write(
    `corruptions: ${found} of ${tried} found by the check that claims them, ${unrelated || 'none'} by an unrelated one\n`,
  );
  for (const database of databases.values()) await database.drop();
});

/** Charges of the acceptance walk: two of Agenzia, one of System Admin, and a refusal. */
async function charge(sql: Sql): Promise<void> {
  await sql`select public.consume_credits_rpc(${AGENZIA}, 'ai_chat')`;
  await sql`select public.consume_credits_rpc(${AGENZIA}, 'whatsapp_message')`;
  await sql`select public.consume_credits_rpc(${ADMIN}, 'email_send')`;
  await sql`select public.consume_credits_rpc(${AGENZIA}, 'ai_chat', 1000)`;
}

/** Plants SQL in a transaction, runs every check in it, and takes it all back. */
async function checkWith(state: State, sql: string, sweep?: string): Promise<CheckResult[]> {
  const database = databases.get(state);
  if (!database) throw new Error(`no database is ${state}`);
  const { config, model } = await openSession(database.sql, {} as never, guardianConfig());
  const undo = new Error('taken back');
  let results: CheckResult[] = [];
  await database.sql
    .begin(async (tx: Transaction) => {
      await tx.unsafe(sql);
      results = await runChecks({ sql: tx, model, state: await readState(tx), config });
      throw undo;
    })
    .catch(error => {
      if (error !== undo) throw error;
    });
  if (sweep) await database.sql.unsafe(sweep);
  return results;
}

const INHERITING = CHECKS.filter(c => c.severity === 'failure unless inherited').map(c => c.name as string);

const found = (results: readonly CheckResult[]) =>
  results.filter(r => r.outcome === 'failed' || r.outcome === 'error').map(r => r.name);

test.each(['unmigrated', 'partial', 'cut over', 'hardened'] as const)(
  'with nothing planted, no check finds anything: %s',
  async state => {
    expect(found(await checkWith(state, 'select'))).toEqual([]);
  },
);

describe('a planted fault is found by the check that claims it, and by no check that has no reason to', () => {
  test.each(CORRUPTIONS)('$check: $fault', async ({ check, state, sql, sweep, also = [] }) => {
    const results = await checkWith(state ?? 'cut over', sql, sweep);
    rate.tried += 1;
    if (results.some(r => r.name === check && r.outcome === 'failed')) rate.found += 1;
    if (found(results).some(name => name !== check && !also.includes(name))) rate.unrelated += 1;
    expect(found(results).sort()).toEqual([check, ...also].sort());
    const claiming = results.find(r => r.name === check);
    expect(claiming?.outcome).toBe('failed');
    expect(claiming?.rows.length).toBeGreaterThan(0);
    // Nothing that was planted was there before the migration.
    if (INHERITING.includes(check)) expect(claiming?.severity).toBe('failure');
  });
});

test('every check has a fault planted for it', () => {
  const planted = new Set(CORRUPTIONS.map(c => c.check));
  expect(CHECKS.map(check => check.name).filter(name => !planted.has(name))).toEqual([]);
});

test('the steps that checks name exist', () => {
  const steps = STEPS.map(step => step.name);
  const named = CHECKS.flatMap(check => [check.establishedBy, check.until]).filter(name => name !== undefined);
  expect(named.filter(name => !steps.includes(name))).toEqual([]);
});
