import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { credits } from '../../src/commands/credits/credits.ts';
import type { CreditsOptions } from '../../src/commands/credits/options.ts';
import { pause, resume } from '../../src/commands/session/pause.ts';
import { verify } from '../../src/commands/verify.ts';
import { connect, type Sql } from '../../src/database/connect.ts';
import { Problem } from '../../src/problems.ts';
import { AGENZIA, contextFor, guardianYaml, migrate } from '../support/guardian.ts';
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

const run = (options: CreditsOptions, changes = {}) => credits({ ...context, ...changes }, options);
const topUp = (rest: Partial<CreditsOptions> = {}): CreditsOptions => ({
  what: 'top-up',
  organization: AGENZIA,
  pool: 'sms',
  credits: '30',
  payment: 'pi_1',
  ...rest,
});
const charge = async (id: string, action: string, quantity: number, own = sql) =>
  (await own`select consume_credits_rpc(${id}::uuid, ${action}, ${quantity}) as answer`)[0]?.answer;

/** New organizations with the pools of starter: AI 200, WhatsApp 150, Email 1000, SMS 50. */
async function organizations(count: number, plan = 'starter'): Promise<string[]> {
  const ids = Array.from({ length: count }, () => randomUUID());
  await sql`insert into organizations (id, name, slug) select id::uuid, id, id from unnest(${ids}::text[]) as o (id)`;
  await sql`insert into organization_credits (organization_id, plan_name, credits_remaining)
            select id::uuid, ${plan}, 100 from unnest(${ids}::text[]) as o (id)`;
  return ids;
}

/** What the journal says of an event. */
const journal = async (event: string) =>
  (await sql`select data from creditshift.journal where event = ${event} order by position`).map(row => row.data);

test('a top-up, a reversal and a cycle count once, and the journal tells who did it and why', async () => {
  const { entry } = await charge(AGENZIA, 'sms_send', 5);
  const reason = 'Twilio failed';
  const reverse: CreditsOptions = {
    what: 'reverse',
    organization: AGENZIA,
    entry: String(entry),
    quantity: '2',
    key: 'refund',
    reason,
  };
  const cycle: CreditsOptions = { what: 'cycle', organization: AGENZIA, day: '2025-10-01' };
  const calls: [options: CreditsOptions, entry: number, sms: [string, string]][] = [
    [topUp(), 3, ['75', '80']],
    [reverse, 4, ['77', '80']],
    [cycle, 5, ['80', '80']],
  ];
  for (const [options, entry, [available, total]] of calls) {
    const document = { entry, pools: expect.arrayContaining([{ pool: 'sms', available, total }]) };
    expect(await run(options)).toMatchObject({ document: { ...document, repeated: false } });
    expect(await run(options)).toMatchObject({ document: { ...document, repeated: true } });
  }
  const [{ actor } = { actor: '' }] = await sql<{ actor: string }[]>`select session_user as actor`;
  const who = { organization: AGENZIA, actor };
  expect(await journal('top-up')).toEqual([
    { ...who, pool: 'sms', credits: '30', payment: 'pi_1', entry: 3, reason: null },
  ]);
  expect(await journal('reverse')).toEqual([{ ...who, reverses: '2', quantity: '2', key: 'refund', entry: 4, reason }]);
  expect(await journal('cycle')).toEqual([{ ...who, day: '2025-10-01', entry: 5, reason: null }]);
});

test('what cannot be is a problem with the next command, and changes nothing', async () => {
  const { entry } = await charge(AGENZIA, 'ai_chat', 1);
  const [free = ''] = await organizations(1, 'free');
  const reverse = (rest: object): CreditsOptions => ({ what: 'reverse', organization: AGENZIA, ...rest });
  const gone = randomUUID();
  const slips: [options: CreditsOptions, code: string, said: RegExp][] = [
    [topUp({ credits: '31' }), 'STATE_CONFLICT', /audit export --organization 0.*2 --out/],
    [topUp({ pool: 'fax', payment: 'new' }), 'USAGE', /Unknown pool: fax.*name one of ai, whatsapp, email, sms/],
    [topUp({ credits: '0', payment: 'new' }), 'USAGE', /1 or more/],
    [topUp({ payment: ' ' }), 'USAGE', /--payment/],
    [topUp({ credits: '2147483647', payment: 'new' }), 'USAGE', /too many: 2147483647/],
    [topUp({ credits: '9223372036854775808' }), 'USAGE', /out of range/],
    [topUp({ organization: free }), 'STATE_CONFLICT', /reallocate --organization .* --plan NAME/],
    [topUp({ organization: gone }), 'USAGE', /Unknown organization/],
    [topUp({ organization: 'agenzia' }), 'USAGE', /invalid input syntax for type uuid/],
    [topUp({ credits: '1.5' }), 'USAGE', /no whole number/],
    [topUp({ day: '2025-10-01' }), 'USAGE', /--day goes with credits cycle/],
    [{ what: 'top-up', pool: 'sms' }, 'USAGE', /needs --organization, --credits, --payment/],
    [reverse({ entry: '1' }), 'USAGE', /Entry 1 is no charge.*audit export/],
    [reverse({ entry: String(entry), quantity: '2' }), 'STATE_CONFLICT', /there is 1 left to reverse.*audit export/],
    [
      { what: 'cycle', day: '2025-09-30', organization: AGENZIA },
      'STATE_CONFLICT',
      /later cycle has begun: 2025-10-01/,
    ],
    [{ what: 'cycle', day: '2025-02-29' }, 'USAGE', /no day like/],
  ];
  const before = await sql`select organization_id, last_sequence from organization_credits order by 1`;
  for (const [options, code, said] of slips) {
    const problem = await run(options).catch((error: unknown) => error);
    expect(problem).toBeInstanceOf(Problem);
    const { code: found, message, next } = problem as Problem;
    expect([found, `${message} ${next}`]).toEqual([code, expect.stringMatching(said)]);
  }
  expect(await sql`select organization_id, last_sequence from organization_credits order by 1`).toEqual(before);
  await pause(context);
  await expect(run(topUp({ payment: 'new' }))).rejects.toMatchObject({ code: 'PAUSED' });
  await resume(context);
});

test('a day begins at midnight of the database’s time zone, and no cycle before it', async () => {
  const [{ name, minutes, today, tomorrow } = { name: '', minutes: 0, today: '', tomorrow: '' }] = await sql<
    { name: string; minutes: number; today: string; tomorrow: string }[]
  >`select current_database() as name, ceil(extract(epoch from now() at time zone 'UTC' - (now() at time zone 'UTC')::date) / 60)::integer as minutes,
           (now() at time zone 'UTC')::date::text as today, ((now() at time zone 'UTC')::date + 1)::text as tomorrow`;
  /** Sets the clock on the wall to so many minutes after the midnight that ends the day in UTC; zones go by minutes. */
  const sinceMidnight = (after: number) => {
    const east = 24 * 60 - minutes + 1 + after;
    return sql.unsafe(`alter database "${name}" set timezone = '<wall>-${Math.floor(east / 60)}:${east % 60}'`);
  };
  const [organization = ''] = await organizations(1);
  const cycle: CreditsOptions = { what: 'cycle', day: tomorrow, organization };
  await sinceMidnight(-2);
  const early = { code: 'USAGE', message: expect.stringContaining(`it is ${today} 23:58`) };
  await expect(run(cycle)).rejects.toMatchObject(early);
  await sinceMidnight(0);
  expect(await run(cycle)).toMatchObject({ document: { repeated: false } });
  await sql.unsafe(`alter database "${name}" reset timezone`);
});

test('16 runs of a cycle, functions called for it and charges, all at once: it counts once, and so does a payment', async () => {
  const ids = await organizations(40);
  const [first = ''] = ids;
  for (const id of ids) await charge(id, 'sms_send', 20);
  const open = await Promise.all(Array.from({ length: 16 }, () => connect({ url: database.url, environment: {} })));
  const day = '2025-11-01';
  const runs = (options: CreditsOptions) =>
    Promise.allSettled(open.map(() => run(options))).then(all =>
      all.flatMap(a => (a.status === 'rejected' ? [a.reason.code] : ['done'])),
    );
  const answers = await Promise.all([
    runs({ what: 'cycle', day }),
    ...open.map(({ sql: own }, n) => own`select reset_cycle(${ids[n] ?? ''}, ${day}::text::date)`.then(() => 'done')),
    ...open.map(({ sql: own }, n) =>
      charge(ids[39 - n] ?? '', 'ai_chat', 1, own).then(answer => answer.code ?? 'done'),
    ),
  ]);
  // The lease lets one run at a time in; who was turned away runs again, and finds nothing to do.
  expect([...new Set(answers.flat())].sort()).toEqual(['LEASE_HELD', 'done']);
  expect(await run({ what: 'cycle', day })).toMatchObject({ document: { begun: 0 } });
  const payment = topUp({ organization: first, payment: 'pi_16' });
  const paid = await Promise.all([
    runs(payment),
    ...open.map(({ sql: own }) => own`select top_up_credits(${first}, 'sms', 30, 'pi_16')`.then(() => 'done')),
  ]);
  expect([...new Set(paid.flat())].sort()).toEqual(['LEASE_HELD', 'done']);
  await Promise.all(open.map(client => client.sql.end({ timeout: 1 })));
  const counts = await sql`
    select a.kind, count(*)::integer as entries, count(distinct a.organization)::integer as organizations
      from creditshift.allocations as a where a.organization = any(${ids}::text[]::uuid[]) and a.kind in ('reset', 'top-up') group by 1 order by 1`;
  expect([...counts]).toEqual([
    { kind: 'reset', entries: 40, organizations: 40 },
    { kind: 'top-up', entries: 1, organizations: 1 },
  ]);
  const [sum] = await sql`
    select sum(sms_credits_available)::integer as sms, sum(sms_credits_total)::integer as total
      from organization_credits where organization_id = any(${ids}::text[]::uuid[])`;
  expect(sum).toEqual({ sms: 40 * 50 + 30, total: 40 * 50 + 30 });
});

test('a cycle of all asks by name, goes by pages, goes on where it stopped, and past a row that refuses it', async () => {
  const ids = await organizations(6);
  for (const id of ids) await charge(id, 'sms_send', 10);
  const day = '2025-12-01';
  const cycle: CreditsOptions = { what: 'cycle', day, reason: 'monthly' };
  const [ahead = '', bad = ''] = ids;
  await run({ what: 'cycle', day: '2026-01-01', organization: ahead });

  const asked: string[] = [];
  const no = async (question: string) => asked.push(question) === 0;
  await expect(run(cycle, { confirm: no })).rejects.toMatchObject({ code: 'NOT_CONFIRMED' });
  expect(asked[0]).toMatch(
    new RegExp(`^Begin the cycle of ${day} for \\d+ organizations of cs_shared_\\w+\\? It mints .*SMS \\d+`),
  );
  const elsewhere = contextFor(database.url, `${guardianYaml}\nexpect: { database: other }\n`);
  await expect(run(cycle, { ...elsewhere, unattended: true })).rejects.toMatchObject({ code: 'WRONG_DATABASE' });

  const small = contextFor(database.url, guardianYaml.replace('rows: 20000', 'rows: 2'));
  let pages = 0;
  const progress = ({ event }: { event: string }) => {
    if (event === 'rows') pages += 1;
  };
  const stopped = run(cycle, { ...small, progress, stopping: () => pages === 1 });
  await expect(stopped).rejects.toMatchObject({
    code: 'INTERRUPTED',
    message: expect.stringContaining('began for 2 of'),
  });

  await sql.unsafe(`alter table organization_credits add constraint stubborn
    check (organization_id <> '${bad}' or sms_credits_available < 50) not valid`);
  const failed = { code: 'ALLOCATION_FAILED', details: [expect.stringMatching(`^${bad}: .*stubborn`)] };
  await expect(run(cycle, small)).rejects.toMatchObject(failed);
  await sql.unsafe('alter table organization_credits drop constraint stubborn');
  expect(await run(cycle, small)).toMatchObject({ document: { begun: 1, passed: 2 } });
  expect(await run(cycle, small)).toMatchObject({ document: { begun: 0 } });
  expect((await journal('cycle begun')).at(-1)).toMatchObject({ day, reason: 'monthly', organizations: 1 });
  expect(await verify(context)).toMatchObject({ exitCode: 0 });
});
