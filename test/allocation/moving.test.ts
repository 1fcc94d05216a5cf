import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { share } from '../../src/allocation/share.ts';
import { verify } from '../../src/commands/verify.ts';
import { parseConfig } from '../../src/config/load.ts';
import type { Sql } from '../../src/database/connect.ts';
import { contextFor, freshDatabase, guardianYaml, migrate } from '../support/guardian.ts';
import { deed, startMoving } from './moving-world.ts';
import { addOrganizations, yamlWith } from './organizations.ts';

const carry = { split: { of: 'remaining', weights: { ai: 0.4, whatsapp: 0.3, email: 0.2, sms: 0.1 } } };
const plans = { ...parse(guardianYaml).plans, carry };
/** Nothing is given way to: the world shall move while pages are written, not between them. */
const throttle = { lockWaiters: false, latency: false, sessions: false, clients: false };

interface Row {
  id: string;
  plan: string;
  remaining: number;
  total: number;
  totals: number[];
  records: number;
  last: string | null;
  exception: string | null;
}

/**
 * What every organization has, against what its plan and its legacy balance at the cutover give. A call that waited for
 * the cutover's lock still ends in the legacy function: a late write, recorded, and never moved to a pool.
 */
async function differences(sql: Sql, yaml: string): Promise<string[]> {
  const config = parseConfig(yaml, 'creditshift.yaml');
  const rows = await sql<Row[]>`
    select b.organization_id as id, coalesce(n.plan, b.plan_name) as plan, total_credits as total,
           coalesce((select w.balance_before::integer from creditshift.legacy_writes as w
                      where w.organization = b.organization_id and w.mode = 'live' order by event limit 1), credits_remaining) as remaining,
           json_build_array(ai_credits_total, whatsapp_credits_total, email_credits_total, sms_credits_total) as totals,
           (select count(*)::integer from creditshift.allocations as a
             where a.organization = b.organization_id and a.kind = 'migration') as records,
           (select a.plan from creditshift.allocations as a
             where a.organization = b.organization_id order by sequence desc limit 1) as last,
           (select e.kind from creditshift.exceptions as e where e.organization = b.organization_id) as exception
      from organization_credits as b
      left join creditshift.assignments as n on n.organization = b.organization_id`;
  expect(rows.length).toBeGreaterThan(50);
  return rows.flatMap(row => {
    // Who comes to a plan that is skipped keeps what it has.
    const plan = row.plan === 'free' ? row.last : row.plan;
    if (plan === null) return row.records === 0 && row.exception === 'skipped' ? [] : [JSON.stringify(row)];
    const { grant = {}, split } = config.plans[plan] ?? {};
    const pools = Object.keys(config.pools);
    const given = split
      ? share(
          BigInt(split.of === 'total' ? row.total : row.remaining),
          pools.map(pool => BigInt(Math.round((split.weights[pool] ?? 0) * 10_000))),
          pools.map(pool => BigInt(split.floors[pool] ?? 0)),
        ).map(Number)
      : pools.map(pool => grant[pool] ?? 0);
    const fits = String(given) === String(row.totals) || row.plan === 'free';
    const right = row.records === 1 && row.last === plan && fits;
    return right ? [] : [`${JSON.stringify(row)} should have ${given}`];
  });
}

test('while the world moves, everyone is allocated once, and by what the balance is at the cutover', async () => {
  const settings = fc.record({
    rows: fc.integer({ min: 1, max: 5 }),
    workers: fc.integer({ min: 1, max: 3 }),
    scripts: fc.array(fc.array(deed, { minLength: 60, maxLength: 60 }), { minLength: 3, maxLength: 3 }),
  });
  const moves = fc.asyncProperty(settings, async ({ rows, workers, scripts }) => {
    const { url, sql } = await freshDatabase();
    await addOrganizations(sql, 150, ['starter', 'custom', 'carry', 'free']);
    const yaml = yamlWith({ rows, workers }, { plans, throttle });
    const context = contextFor(url, yaml);
    await migrate(context, { to: 'functions' });
    const stop = await startMoving(url, scripts);
    await migrate(context);
    expect(await stop()).toBeGreaterThan(100);
    expect(await differences(sql, yaml)).toEqual([]);
    const checks = (await verify(context)).document.checks as {
      name: string;
      outcome: string;
      severity: string;
      rows: string[];
    }[];
    expect(checks.filter(check => check.outcome !== 'passed' && check.severity === 'failure')).toEqual([]);
  });
  await fc.assert(moves, { numRuns: 3, endOnFailure: true });
});

test('before the cutover a skipped organization that takes a plan is allocated, and one made anew is allocated anew', async () => {
  const { url, sql } = await freshDatabase();
  await addOrganizations(sql, 3, ['free', 'starter', 'free']);
  const yaml = yamlWith({}, { plans, throttle });
  await migrate(contextFor(url, yaml), { to: 'index' });
  await sql`update organization_credits set plan_name = 'premium' where plan_name = 'free' and organization_id::text like '1000%'`;
  await sql`delete from organization_credits where organization_id::text like '1000%' and plan_name = 'starter'`;
  await sql`insert into organization_credits (organization_id, plan_name, total_credits, credits_remaining)
            select id, 'carry', 1000, 1000 from organizations where slug = 'o1'`;
  await migrate(contextFor(url, yaml));
  expect(await differences(sql, yaml).catch(() => [])).toEqual([]);
  const kinds = await sql`
    select plan, kind, ai_after::integer as ai from creditshift.allocations where organization::text like '1000%' order by organization`;
  expect([...kinds]).toEqual([
    { plan: 'carry', kind: 'migration', ai: 400 },
    { plan: 'premium', kind: 'migration', ai: 1500 },
    { plan: 'premium', kind: 'migration', ai: 1500 },
  ]);
});

test('when too much changes between catch-up and cutover, it catches up again instead of holding the lock', async () => {
  const { url, sql } = await freshDatabase();
  await addOrganizations(sql, 300, ['carry']);
  const yaml = yamlWith({}, { plans, throttle });
  await migrate(contextFor(url, yaml), { to: 'index' });
  const client = await sql.reserve();
  await client`begin`;
  await client`update organization_credits set credits_remaining = credits_remaining + 10 where plan_name = 'carry'`;
  const run = migrate(contextFor(url, yaml));
  for (let waiting = 0; waiting === 0; ) {
    const [row] = await sql<{ waiting: number }[]>`
      select count(*)::integer as waiting from pg_locks where not granted and mode = 'ShareRowExclusiveLock'`;
    waiting = row?.waiting ?? 0;
  }
  await client`commit`;
  client.release();
  await run;
  expect(await differences(sql, yaml)).toEqual([]);
  const [row] = await sql`select count(*)::integer as again from creditshift.allocations where kind = 'recalculation'`;
  expect(row).toEqual({ again: 300 });
});
