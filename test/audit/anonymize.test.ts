import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { audit } from '../../src/commands/audit/audit.ts';
import type { AuditOptions } from '../../src/commands/audit/options.ts';
import { inspect } from '../../src/commands/inspect.ts';
import { report } from '../../src/commands/report/report.ts';
import { verify } from '../../src/commands/verify.ts';
import type { Sql } from '../../src/database/connect.ts';
import { takeLease } from '../../src/database/lease.ts';
import { problemOf } from '../backup/support.ts';
import { foundIn, text, WARNINGS } from '../checks/found.ts';
import { ADMIN, AGENZIA, contextFor, freshDatabase, guardianYaml } from '../support/guardian.ts';
import { migrateTo, sharedDatabase } from '../support/migrated.ts';

const ANNA = '00000000-0000-0000-0000-0000000000a1';
const BRUNO = '00000000-0000-0000-0000-0000000000a2';
const log = 'public.credit_consumption_logs';

let shared: Awaited<ReturnType<typeof sharedDatabase>>;
let sql: Sql;

/** A log without a key, with rows of before the migration, entries, refusals and a reversal, of two organizations and two users. */
async function fill(sql: Sql): Promise<void> {
  await sql.unsafe(`
    alter table ${log} drop constraint credit_consumption_logs_pkey;
    alter table ${log} add column ip_address inet not null default '203.0.113.7', add column agent text, add column seat integer;
    insert into ${log} (organization_id, user_id, action_type, credits_consumed, metadata, agent, seat)
    select case n % 2 when 0 then '${AGENZIA}'::uuid else '${ADMIN}' end, case n % 3 when 0 then '${ANNA}'::uuid else '${BRUNO}' end,
           'ai_chat', n, jsonb_build_object('user', jsonb_build_object('email', 'p' || n), 'n', n), 'Mozilla', n
      from generate_series(1, 30) as n`);
  await migrateTo(sql);
  for (const [organization, user] of [
    [AGENZIA, ANNA],
    [AGENZIA, BRUNO],
    [ADMIN, ANNA],
  ] as const) {
    const metadata = JSON.stringify({
      user: { email: 'anna@example.test' },
      recipients: [{ phone: '+39' }, { phone: '+41' }],
      n: 1,
    });
    await sql`select consume_credits_rpc(${organization}, 'ai_chat', 1, ${user}, null, ${metadata}::text::jsonb)`;
    await sql`select consume_credits_rpc(${organization}, 'ai_chat', 99999, ${user}, null, ${metadata}::text::jsonb)`;
  }
  await sql`select reverse_credits(${AGENZIA}, 2, null, null, 'Anna called')`;
}

beforeAll(async () => {
  shared = await sharedDatabase();
  sql = shared.sql;
  await fill(sql);
});
afterAll(() => shared.drop());

const anonymize = (options: Omit<AuditOptions, 'what'>, yaml = guardianYaml) =>
  audit(contextFor(shared.url, yaml), { what: 'anonymize', ...options });

/** A hash of all of the log but its personal columns, and of the balances. */
const ledger = async () =>
  (
    await sql<{ hash: string }[]>`
      select md5(string_agg(row::text, e'\n' order by row::text)) as hash
        from (select to_jsonb(l) - '{user_id,metadata,agent,ip_address}'::text[] from credit_consumption_logs as l
              union all select to_jsonb(b) from organization_credits as b) as rows (row)`
  )[0]?.hash;
/** How many rows of an organization hold personal data. */
const personal = async (organization: string) =>
  (
    await sql<{ count: number }[]>`
      select count(*)::integer from credit_consumption_logs
       where organization_id = ${organization}
         and (user_id is not null or metadata is not null or agent is not null or ip_address <> '0.0.0.0')`
  )[0]?.count ?? 0;

test('inspect and the status report say which columns may hold personal data, and why', async () => {
  const { document } = await inspect(contextFor(shared.url));
  expect(
    (document.personal as Record<string, string>[]).map(p => `${p.table}.${p.column}, ${p.type}: ${p.because}`),
  ).toEqual([
    'public.organizations.name, text: named',
    'public.organizations.slug, text: free',
    'public.organizations.owner_id, uuid: named',
    'public.organizations.settings, jsonb: free',
    'public.organization_credits.renewal_type, text: free',
    'public.organization_credits.renewal_status, text: free',
    'public.credit_consumption_logs.user_id, uuid: named',
    'public.credit_consumption_logs.metadata, jsonb: named',
    'public.credit_consumption_logs.ip_address, inet: named',
    'public.credit_consumption_logs.agent, text: free',
  ]);
  const harmless = guardianYaml.concat('\nprivacy: { harmless: [Agent] }\n');
  const { blocks } = await report(contextFor(shared.url, harmless), { kind: 'status' });
  expect(text(blocks)).toContain('may hold personal data: `user_id`, `metadata`, `ip_address`\n');
});

test('of an organization every personal value is gone, of before the migration too; all else and all others stay', async () => {
  const [before, others] = [await ledger(), await personal(ADMIN)];
  const { document } = await anonymize({ organization: AGENZIA });
  expect(document).toMatchObject({
    columns: ['user_id', 'metadata', 'ip_address', 'agent'],
    replaced: { entries: 5, earlier: 15 },
    left: { entries: 0, earlier: 0 },
    receipt: null,
  });
  expect(await personal(AGENZIA)).toBe(0);
  expect(await personal(ADMIN)).toBe(others);
  expect(await ledger()).toBe(before);
  const [act] =
    await sql`select data from creditshift.journal where event = 'anonymize' order by position desc limit 1`;
  expect(act?.data).toMatchObject({ organization: AGENZIA, replaced: { entries: 5, earlier: 15 } });
  expect(foundIn((await verify(contextFor(shared.url))).document)).toMatchObject(WARNINGS);
  const head = async () => (await sql`select max(position)::integer as n from creditshift.journal`)[0]?.n;
  const journalled = await head();
  expect((await anonymize({ organization: AGENZIA })).document).toMatchObject({ replaced: { entries: 0, earlier: 0 } });
  expect(await head()).toBe(journalled);
});

test('of a user the journal keeps no ID, but who has the receipt can prove which entry was theirs; of metadata only the paths go', async () => {
  const yaml = guardianYaml
    .replace('\nhooks:', '')
    .concat('\nprivacy: { harmless: [agent], metadata: [user.email, recipients.phone, no.such] }\n');
  const before = await ledger();
  const { document } = await anonymize({ user: ANNA }, yaml);
  expect(document).toMatchObject({
    columns: ['user_id', 'metadata: user.email', 'metadata: recipients.phone', 'metadata: no.such', 'ip_address'],
    replaced: { entries: 2, earlier: 5 },
  });
  const rows = await sql`
    select metadata, agent, success from credit_consumption_logs where organization_id = ${ADMIN} and user_id is null order by id`;
  expect(rows).toHaveLength(7);
  expect(rows[0]).toEqual({ metadata: { user: { email: null }, n: 3 }, agent: 'Mozilla', success: null });
  expect(rows[6]).toMatchObject({
    metadata: { user: { email: null }, recipients: [{ phone: null }, { phone: null }], n: 1 },
  });
  expect(await ledger()).toBe(before);
  const kept = await sql`select data from creditshift.journal where event like 'anonymize%'`;
  expect(JSON.stringify([kept, await sql`select * from creditshift.runs`])).not.toContain(ANNA);
  const digest = createHash('sha256').update(`${document.receipt}:${ANNA}`).digest('hex');
  expect(kept.filter(row => row.data.user === digest)).toHaveLength(2);
});

test('a user whom a foreign key of the log sets to null can be deleted once anonymized, and not before', async () => {
  await sql.unsafe(`
    alter table ${log} add foreign key (user_id) references public.profiles on delete set null not valid;
    select consume_credits_rpc('${ADMIN}', 'sms_send', 1, '${BRUNO}')`);
  const gone = () => sql`delete from public.profiles where id = ${BRUNO}`;
  await expect(gone()).rejects.toThrow(/append-only/);
  await anonymize({ user: BRUNO });
  expect(await gone()).toHaveProperty('count', 1);
});

test('who says that he anonymizes, and changes the ledger, is refused: as the owner, as a superuser, for an amount', async () => {
  const [row] = await sql`select pg_get_userbyid(relowner) as owner from pg_class where oid = ${log}::regclass`;
  const change = (set: string, role: string, marker: string) =>
    sql.begin(async tx => {
      await tx.unsafe(`create role passer_by superuser; set local role ${role}`);
      await tx.unsafe(`select set_config('creditshift.anonymizing', ${marker}, true)`);
      await tx.unsafe(`update ${log} set ${set} where success`);
      throw new Error('let through');
    });
  const now = 'pg_current_xact_id()::text';
  const owner = `"${row?.owner}"`;
  const refused = /append-only/;
  await expect(change('user_id = null', owner, now)).rejects.toThrow('let through');
  for (const column of ['legacy_delta', 'ai_credits_consumed', 'sequence', 'credits_consumed'])
    await expect(change(`${column} = 0`, owner, now)).rejects.toThrow(refused);
  await expect(change('user_id = null', 'passer_by', now)).rejects.toThrow(refused);
  await expect(change('user_id = null', owner, `'1'`)).rejects.toThrow(refused);
});

test('a trigger that would change something else takes the page back, and says so', async () => {
  await sql.unsafe(`
    create function public.touch() returns trigger language plpgsql as 'begin new.seat := -1; return new; end';
    create trigger touch before update on ${log} for each row execute function public.touch()`);
  const before = await personal(ADMIN);
  expect(await problemOf(anonymize({ organization: ADMIN }))).toMatchObject({ code: 'INVARIANT_BROKEN' });
  expect(await personal(ADMIN)).toBe(before);
  await sql.unsafe(`drop trigger touch on ${log}; drop function public.touch()`);
});

test('it is refused while another run is at work, where nobody confirms, for a key that is none, and on another database', async () => {
  const lease = await takeLease(sql, 'another');
  expect(await problemOf(anonymize({ organization: ADMIN }))).toMatchObject({ code: 'LEASE_HELD' });
  await lease.release();
  const context = contextFor(shared.url);
  const asked = { ...context, confirm: async () => false };
  const options: AuditOptions = { what: 'anonymize', organization: ADMIN };
  expect(await problemOf(audit(asked, options))).toMatchObject({ code: 'NOT_CONFIRMED' });
  expect(await problemOf(anonymize({ user: 'Anna' }))).toMatchObject({ code: 'USAGE' });
  const elsewhere = guardianYaml.concat('\nexpect: { database: elsewhere }\n');
  expect(await problemOf(audit({ ...contextFor(shared.url, elsewhere), unattended: true }, options))).toMatchObject({
    code: 'WRONG_DATABASE',
  });
});

test('stopped between two pages it goes on with what is left, however large the metadata is', async () => {
  const documents = `jsonb_build_object('text', repeat(md5(n::text), 200000 / greatest(1, n)))`;
  await sql.unsafe(`
    insert into ${log} (organization_id, action_type, metadata)
    select '${ADMIN}', 'ai_chat', ${documents} from generate_series(1, 30000) as n`);
  const context = contextFor(shared.url);
  const options: AuditOptions = { what: 'anonymize', organization: ADMIN };
  const before = await ledger();
  const all = await personal(ADMIN);
  let pages = 0;
  const stopping = () => pages > 0;
  const progress: typeof context.progress = event => {
    if (event.event === 'rows') pages += 1;
  };
  expect(await problemOf(audit({ ...context, progress, stopping }, options))).toMatchObject({ code: 'INTERRUPTED' });
  const left = await personal(ADMIN);
  expect(left).toBeGreaterThan(0);
  expect(left).toBeLessThan(all);
  expect((await audit(context, options)).document).toMatchObject({ left: { entries: 0, earlier: 0 } });
  expect(await personal(ADMIN)).toBe(0);
  expect(await ledger()).toBe(before);
});

test('a database that is not migrated, or no longer, is none of creditshift’s', async () => {
  const { url } = await freshDatabase();
  expect(await problemOf(audit(contextFor(url), { what: 'anonymize', user: ANNA }))).toMatchObject({
    code: 'NOT_CUT_OVER',
  });
});
