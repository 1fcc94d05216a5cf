import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Preview, previewAllocation } from '../../src/allocation/preview.ts';
import type { CheckResult } from '../../src/checks/run.ts';
import { dueOf } from '../../src/commands/reallocate/due.ts';
import type { Session } from '../../src/commands/session/session.ts';
import { verify } from '../../src/commands/verify.ts';
import { parseConfig } from '../../src/config/load.ts';
import { buildModel } from '../../src/config/model.ts';
import type { Sql } from '../../src/database/connect.ts';
import { readFacts } from '../../src/database/facts.ts';
import { readState } from '../../src/database/state.ts';
import { phaseOf } from '../../src/steps/phase.ts';
import { contextFor, migrate } from '../support/guardian.ts';
import { sharedDatabase } from '../support/migrated.ts';
import { emptyGuardian, golden, goldenWorld, insertRow, type Keyed, POOLS, type Row } from './golden.ts';

const { rows, yaml } = goldenWorld();
const config = parseConfig(yaml, 'golden.yaml');

let database: Awaited<ReturnType<typeof sharedDatabase>>;
let sql: Sql;
let context: ReturnType<typeof contextFor>;
let before: Map<string, Preview>;
let after: Map<string, Preview>;
beforeAll(async () => {
  database = await sharedDatabase();
  sql = database.sql;
  context = contextFor(database.url, yaml);
  await emptyGuardian(sql);
  for (const row of rows) await insertRow(sql, row);
  before = await previews();
  await migrate(context);
  after = await previews();
});
afterAll(() => database.drop());

/** What plan shows: before the migration measured, afterwards as recorded. */
async function previews(): Promise<Map<string, Preview>> {
  const state = await readState(sql);
  const model = buildModel(config, state?.facts ?? (await readFacts(sql, config)), state && phaseOf(state));
  const { first } = await previewAllocation(sql, config, model, rows.length);
  return new Map(first.map(preview => [preview.organization, preview]));
}

const credits = (row: Row) => POOLS.map(pool => String(row[pool]));
/** `ai 4, email 3` → 4, 0, 3, 0. */
const carried = (row: Row) => POOLS.map(pool => new RegExp(`\\b${pool} (\\d+)`).exec(row.carried ?? '')?.[1] ?? '0');

describe.each(['grant', 'split', 'usage', 'carry', 'overrides', 'rules'])('%s', file => {
  const own = rows.filter(row => row.file === file);

  test.each(own)('$organization: what plan previews', row => {
    for (const preview of [before.get(row.key), after.get(row.key)]) {
      expect(preview?.pools.map(String)).toEqual(credits(row));
      expect(preview?.carried.map(String)).toEqual(carried(row));
      expect([String(preview?.minted), preview?.forfeited]).toEqual([row.minted, row.forfeited]);
      if (row.why) expect(preview?.reason).toBe(row.why);
    }
  });

  test.each(own)('$organization: what the database allocates', async row => {
    const [pools] = await sql`
      select array[ai_credits_available, whatsapp_credits_available, email_credits_available, sms_credits_available]::text[] as available,
             array[ai_credits_total, whatsapp_credits_total, email_credits_total, sms_credits_total]::text[] as total
        from organization_credits where organization_id = ${row.key}`;
    expect(pools).toEqual({ available: credits(row), total: credits(row) });
    const [entry] = await sql`
      select reason, array[coalesce(ai_carried, 0), coalesce(whatsapp_carried, 0), coalesce(email_carried, 0), coalesce(sms_carried, 0)]::text[] as carried,
             array[coalesce(ai_extra, 0), coalesce(whatsapp_extra, 0), coalesce(email_extra, 0), coalesce(sms_extra, 0)]::text[] as extra
        from creditshift.allocations where organization = ${row.key}`;
    expect(entry?.carried ?? carried(row)).toEqual(carried(row));
    expect(entry?.extra ?? carried(row)).toEqual(carried(row));
    if (/override/.test(row.why ?? '')) expect(entry?.reason).toBe(row.why);
  });
});

test('one by one the database comes to what its pages came to', async () => {
  const found = await sql<{ key: string; same: boolean }[]>`
    select a.organization as key, e.credits[1] + coalesce(e.carried[1], 0) = a.ai_after and e.credits[2] + coalesce(e.carried[2], 0) = a.whatsapp_after
           and e.credits[3] + coalesce(e.carried[3], 0) = a.email_after and e.credits[4] + coalesce(e.carried[4], 0) = a.sms_after
           and e.basis is not distinct from a.basis as same
      from creditshift.allocations as a join organization_credits as b on b.organization_id = a.organization
     cross join lateral creditshift.entitlement(a.organization, a.plan, b.total_credits, b.credits_remaining) as e`;
  expect(found.filter(row => !row.same)).toEqual([]);
  expect(found.length).toBeGreaterThan(40);
});

describe('plan changes', () => {
  const changes = golden('plan-changes').rows.map(
    (row, n): Keyed => ({
      ...row,
      key: `00000000-0000-0000-0009-${String(n).padStart(12, '0')}`,
    }),
  );
  test.each(changes)('$organization', async row => {
    const { key, downgrade = '', from = '', charged = '', to = '', usage, answer } = row;
    await insertRow(sql, { ...row, plan: from });
    if (charged !== '0') await sql`select consume_credits_rpc(${key}::uuid, 'ai_chat', ${Number(charged)})`;
    await sql`update creditshift.policies set value = ${downgrade} where policy = 'downgrade'`;
    const state = await readState(sql);
    const session = {
      model: buildModel(config, state?.facts ?? (await readFacts(sql, config)), state && phaseOf(state)),
    };
    const keepUsage = usage === 'keep';
    const [due] = await dueOf(sql, session as Session, { organization: key, plan: to, keepUsage });
    const found =
      await sql`select creditshift.allocate(${key}, ${to}, 'plan change', 'golden', ${keepUsage})::text as sequence`.then(
        ([allocated]) => (allocated?.sequence === null ? 'deferred' : undefined),
        error => error.hint,
      );
    await sql`update creditshift.policies set value = 'clamp' where policy = 'downgrade'`;
    expect(found).toBe(answer);
    const [pool] = await sql`
      select ai_credits_available::text as available, ai_credits_total::text as total,
             (select coalesce(ai_extra, 0)::text from creditshift.allocations where organization = ${key} order by sequence desc limit 1) as extra
        from organization_credits where organization_id = ${key}`;
    expect(pool).toEqual({ available: row.available, total: row.total, extra: row.extra });
    expect(due?.after[0]).toBe(row.available);
  });
});

/** Failures of a group of checks, or of one. */
const failures = async (only: string) => {
  const { document } = await verify(context, { only });
  return (document.checks as CheckResult[]).filter(c => c.outcome !== 'passed' && c.severity === 'failure');
};

test('verify finds every allocation as its plan, its use and its override say', async () => {
  for (const only of ['balances', 'ledger', 'schema.pricing-rows', 'behaviour.allocate-plan-credits'])
    expect(await failures(only)).toEqual([]);
});

test.each([
  ['use', "update creditshift.usage set weights = '{1,2,3,9994}' where weights = '{7500,0,0,2500}'", 1],
  ['what was carried over', 'update creditshift.allocations set ai_carried = 49881 where ai_carried = 49880', 1],
])('verify finds %s that was changed afterwards', async (_, statement, count) => {
  const back = statement.replace(/set (.*) where (\S+ = \S+)/, 'set $2 where $1');
  await sql.unsafe(statement);
  expect(await failures('balances.totals-by-plan')).toMatchObject([{ count }]);
  await sql.unsafe(back);
  expect(await failures('balances.totals-by-plan')).toEqual([]);
});
