import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { audit } from '../../src/commands/audit/audit.ts';
import type { AuditOptions } from '../../src/commands/audit/options.ts';
import type { Context } from '../../src/commands/session/context.ts';
import { pause, resume } from '../../src/commands/session/pause.ts';
import type { Sql } from '../../src/database/connect.ts';
import { newPlace, problemOf } from '../backup/support.ts';
import { ADMIN, AGENZIA, contextFor, freshDatabase, migrate } from '../support/guardian.ts';

type Entry = Record<string, string | number | null>;

/** A migrated database with an entry of every kind that an organization can have. */
async function audited(): Promise<{ context: Context; sql: Sql }> {
  const { url, sql } = await freshDatabase();
  const context = contextFor(url);
  await migrate(context);
  await sql`select consume_credits_rpc(${AGENZIA}::uuid, 'ai_chat', p_idempotency_key => ${'=1+1, "quoted"\n\\ ünïcode'})`;
  await sql`select consume_credits_rpc(${AGENZIA}::uuid, 'email_send', 5)`;
  await sql`select consume_credits_rpc(${ADMIN}::uuid, 'sms_send', 999999)`;
  await sql`select reverse_credits(${AGENZIA}::uuid, 3, 2, 'bounced', 'r1')`;
  await sql`select top_up_credits(${AGENZIA}::uuid, 'ai', 50, 'inv-1')`;
  return { context, sql };
}

async function exported(context: Context, options: Partial<AuditOptions> = {}): Promise<Entry[]> {
  const out = join(newPlace(), 'ledger.jsonl');
  const { document } = await audit(context, { what: 'export', out, ...options });
  const text = readFileSync(out, 'utf8');
  const entries = text
    .split('\n')
    .slice(0, -1)
    .map(line => JSON.parse(line) as Entry);
  expect(document).toMatchObject({ file: out, entries: entries.length, bytes: Buffer.byteLength(text) });
  return entries;
}

test('an export has every entry once, in order, and its changes add up to the balances', async () => {
  const { context, sql } = await audited();
  const entries = await exported(context);
  expect(entries.map(({ organization, sequence, kind }) => [organization, sequence, kind])).toEqual([
    [ADMIN, 1, 'migration'],
    [ADMIN, null, 'refusal'],
    ...['migration', 'charge', 'charge', 'reversal', 'top-up'].map((kind, i) => [AGENZIA, i + 1, kind]),
  ]);
  for (const pool of ['ai', 'whatsapp', 'email', 'sms']) {
    const rows = await sql.unsafe<{ id: string; available: number }[]>(
      `select organization_id as id, ${pool}_credits_available as available from organization_credits`,
    );
    for (const { id, available } of rows) {
      const own = entries.filter(entry => entry.organization === id && entry.sequence !== null);
      expect(own.reduce((sum, entry) => sum + Number(entry[`${pool}_change`]), 0)).toBe(available);
      expect(own.slice(1).map(entry => entry[`${pool}_before`])).toEqual(
        own.slice(0, -1).map(entry => entry[`${pool}_after`]),
      );
    }
  }
  expect(entries[3]).toMatchObject({ action: 'ai_chat', reference: '=1+1, "quoted"\n\\ ünïcode', ai_change: -1 });
});

test('an export is of one organization or a time, when told', async () => {
  const { context, sql } = await audited();
  const whole = await exported(context);
  expect(await exported(context, { organization: AGENZIA })).toEqual(whole.filter(e => e.organization === AGENZIA));
  const [row] = await sql<{ at: Date }[]>`select created_at as at from credit_consumption_logs where sequence = 3`;
  const at = row?.at.toISOString() ?? '';
  const [early, late] = [await exported(context, { until: at }), await exported(context, { from: at })];
  expect([...early, ...late].sort()).toHaveLength(whole.length);
  expect(early.every(entry => Date.parse(String(entry.at)) <= Date.parse(at))).toBe(true);
  expect(late.every(entry => Date.parse(String(entry.at)) >= Date.parse(at))).toBe(true);
});

test('as CSV it says the same', async () => {
  const { context, sql } = await audited();
  const out = join(newPlace(), 'ledger.csv');
  const { document } = await audit(context, { what: 'export', out, format: 'csv' });
  const [header = ''] = readFileSync(out, 'utf8').split('\n');
  const columns = header.split(',').map(name => `"${name}" text`);
  await sql.unsafe(`create table read_back (${columns.join(', ')})`);
  const writable = await sql.unsafe(`copy read_back from stdin (format csv, header)`).writable();
  await new Promise<void>((done, fail) => writable.on('error', fail).on('finish', done).end(readFileSync(out)));
  const text = (entries: readonly Entry[]) =>
    entries.map(entry => Object.values({ ...entry, at: '' }).map(value => (value === null ? null : String(value))));
  const read = [...(await sql<Entry[]>`select * from read_back`)];
  expect(text(read)).toEqual(text(await exported(context)));
  // One of them has a line end in it.
  expect(document.entries).toBe(read.length);
});

test('a file that was there stays whole when an export fails, and nothing is left beside it', async () => {
  const { context } = await audited();
  const folder = newPlace();
  const out = join(folder, 'ledger.jsonl');
  writeFileSync(out, 'older');
  const stopping = () => true;
  expect(await problemOf(audit({ ...context, stopping }, { what: 'export', out }))).toMatchObject({
    code: 'INTERRUPTED',
  });
  expect([readdirSync(folder), readFileSync(out, 'utf8')]).toEqual([['ledger.jsonl'], 'older']);
  const nowhere = join(folder, 'missing/ledger.jsonl');
  expect(await problemOf(audit(context, { what: 'export', out: nowhere }))).toMatchObject({ code: 'USAGE' });
});

test('a head that was noted shows that the end of the journal was cut off, which no chain can', async () => {
  const { context, sql } = await audited();
  await pause(context);
  await resume(context);
  const before = await audit(context, { what: 'verify' });
  expect(before.exitCode).toBe(0);
  const { position, hash } = before.document.head as { position: string; hash: string };
  const head = `${position}:${hash}`;
  expect((await audit(context, { what: 'verify', head })).exitCode).toBe(0);
  await sql.unsafe(`alter table creditshift.journal disable trigger user`);
  await sql`delete from creditshift.journal where position = ${position}`;
  expect((await audit(context, { what: 'verify' })).exitCode).toBe(0);
  expect(await audit(context, { what: 'verify', head })).toMatchObject({ exitCode: 5, document: { kept: false } });
});

test.each<[Partial<AuditOptions>, RegExp]>([
  [{ what: 'export' }, /needs --out/],
  [{ what: 'export', out: 'x', head: '1:2' }, /--head goes with audit verify/],
  [{ what: 'verify', out: 'x' }, /--out goes with audit export/],
  [{ what: 'anonymize' }, /needs --organization KEY or --user ID/],
  [{ what: 'anonymize', organization: AGENZIA, user: ADMIN }, /one of them/],
  [{ what: 'verify', head: '12' }, /no head/],
  [{ what: 'export', out: 'x', from: 'yesterday' }, /"yesterday" is no moment/],
  [{ what: 'export', out: 'x', organization: 'nobody' }, /"nobody" is not a key of type uuid/],
])('%o is refused', async (options, message) => {
  const { url } = await freshDatabase();
  const context = contextFor(url);
  if (options.organization || options.head === '12') await migrate(context);
  expect(await problemOf(audit(context, options as AuditOptions))).toMatchObject({
    code: 'USAGE',
    message: expect.stringMatching(message),
  });
});
