import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Due } from '../../src/commands/reallocate/due.ts';
import { type ReallocateOptions, reallocate } from '../../src/commands/reallocate/reallocate.ts';
import { verify } from '../../src/commands/verify.ts';
import type { Sql } from '../../src/database/connect.ts';
import { contextFor, guardianYaml, migrate } from '../support/guardian.ts';
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

const key = (n: number) => `00000000-0000-0000-0000-0000000001${String(n).padStart(2, '0')}`;
const run = async (options: ReallocateOptions, changes = {}) => {
  const { document, exitCode } = await reallocate({ ...context, ...changes }, options);
  return { ...(document as { organizations: Due[]; minted: string[] }), exitCode };
};

/** AI and SMS that can be spent, by organization. */
const available = async () =>
  Object.fromEntries(
    (
      await sql`select organization_id as id, array[ai_credits_available, whatsapp_credits_available, email_credits_available,
                       sms_credits_available]::text[] as credits from organization_credits order by 1`
    ).map(row => [row.id, row.credits]),
  );

/** Organizations of every kind: unused, used, topped up, topped up and used beyond the plan; some of them change their plan. */
async function prepare(): Promise<void> {
  for (let n = 0; n < 12; n++) {
    const plan = n % 2 === 0 ? 'starter' : 'premium';
    await sql`insert into organizations (id, name, slug) values (${key(n)}, ${key(n)}, ${key(n)}) on conflict do nothing`;
    await sql`delete from organization_credits where organization_id = ${key(n)}`;
    await sql`insert into organization_credits (organization_id, plan_name, credits_remaining) values (${key(n)}, ${plan}, 100)`;
    if (n % 3 > 0) await sql`select top_up_credits(${key(n)}, 'sms', 30, gen_random_uuid()::text)`;
    if (n % 4 > 1) await sql`select consume_credits_rpc(${key(n)}::uuid, 'sms_send', ${n % 4 === 3 ? 60 : 20})`;
    if (n % 5 > 2) await sql`select consume_credits_rpc(${key(n)}::uuid, 'ai_chat', 150)`;
    const other = plan === 'starter' ? 'premium' : 'starter';
    if (n > 5) await sql`update organization_credits set plan_name = ${other} where organization_id = ${key(n)}`;
  }
}

test.each(['keep', 'reset'] as const)(
  'usage %s: what a dry run says is what becomes of each organization, and until then nothing does',
  async usage => {
    await prepare();
    const before = await available();
    const file = `difference-${usage}.csv`;
    const { organizations, minted } = await run({ usage, dryRun: true, out: file });
    expect(organizations.map(o => o.organization).sort()).toEqual([6, 7, 8, 9, 10, 11].map(key));
    expect(await available()).toEqual(before);
    const size = (o: Due) => o.after.reduce((sum, then, i) => sum + Math.abs(Number(then) - Number(o.available[i])), 0);
    expect(organizations.map(size)).toEqual(organizations.map(size).sort((a, b) => b - a));
    const lines = readFileSync(join(context.folder, file), 'utf8').trimEnd().split('\r\n');
    expect(lines[0]).toMatch(/^organization,from,to,ai_now,ai_then,ai_minted,whatsapp_now/);
    expect(lines.slice(1).map(line => line.split(',')[0])).toEqual(organizations.map(o => o.organization));

    const done = await run({ usage, cap: [`sms=${minted[3]}`] });
    expect(done.minted).toEqual(minted);
    expect(await available()).toEqual({
      ...before,
      ...Object.fromEntries(organizations.map(o => [o.organization, o.after])),
    });
    expect((await run({ usage })).organizations).toEqual([]);
    const [entry] =
      await sql`select data from creditshift.journal where event = 'reallocate' order by position desc limit 1`;
    expect(entry?.data).toEqual({ organizations: 6, deferred: 0, usage, minted });
  },
);

test('more than the cap is refused with its figure before anything is written, and while charges raise what is minted', async () => {
  await prepare();
  const before = await available();
  const { minted } = await run({ usage: 'reset', dryRun: true });
  const ai = Number(minted[0]);
  const over = { code: 'CAP_EXCEEDED', message: expect.stringContaining(`AI: ${ai} minted, ${ai - 1} allowed`) };
  await expect(run({ usage: 'reset', cap: [`ai=${ai - 1}`] })).rejects.toMatchObject(over);
  await expect(run({ usage: 'reset', cap: ['1'] })).rejects.toMatchObject({
    message: expect.stringContaining('all pools: '),
  });
  expect(await run({ usage: 'reset', cap: ['1'], dryRun: true })).toMatchObject({ exitCode: 6 });
  for (const cap of ['fax=1', 'much', '-1', 'ai='])
    await expect(run({ cap: [cap] })).rejects.toMatchObject({ code: 'USAGE' });
  expect(await available()).toEqual(before);
  // Charged between the question and its answer: a reset of the usage mints that too.
  const confirm = async () => (await sql`select consume_credits_rpc(${key(6)}::uuid, 'ai_chat', 5)`).length === 1;
  await expect(run({ usage: 'reset', cap: [`ai=${ai}`] }, { confirm })).rejects.toMatchObject({ code: 'CAP_EXCEEDED' });
  const [sum] = await sql<{ minted: number }[]>`
    select sum(ai_granted)::integer as minted from creditshift.allocations as a
     where a.kind = 'plan change' and at > (select started_at from creditshift.runs order by started_at desc limit 1)`;
  expect(sum?.minted).toBeLessThanOrEqual(ai);
  const [entry] =
    await sql`select data from creditshift.journal where event = 'reallocate' order by position desc limit 1`;
  expect(Number(entry?.data.minted[0])).toBe(sum?.minted ?? 0);
});

test('a downgrade below what is in use is refused for all before anything is written, or deferred, as the policy says', async () => {
  for (const [policy, code] of [
    ['refuse', 'STATE_CONFLICT'],
    ['defer', undefined],
  ] as const) {
    await prepare();
    writeFileSync(context.configPath, guardianYaml.replace('downgrade: clamp', `downgrade: ${policy}`));
    await migrate(context);
    const before = await available();
    const { organizations } = await run({ dryRun: true });
    const stay = organizations.filter(o => o.downgrade === policy);
    expect(stay.map(o => o.organization)).toEqual(expect.arrayContaining([key(11)]));
    expect(stay.map(o => o.after)).toEqual(stay.map(o => o.available));
    if (code)
      await expect(run({})).rejects.toMatchObject({
        code,
        details: expect.arrayContaining([`${key(11)}: premium → starter`]),
      });
    else expect(await run({})).toMatchObject({ deferred: stay.map(o => o.organization) });
    const now = await available();
    for (const { organization, available: had } of code ? organizations : stay) expect(now[organization]).toEqual(had);
    if (code) expect(now).toEqual(before);
  }
  writeFileSync(context.configPath, guardianYaml);
  await migrate(context);
  expect((await run({})).organizations.length).toBeGreaterThan(0);
  expect(await verify(context)).toMatchObject({ exitCode: 0 });
});
