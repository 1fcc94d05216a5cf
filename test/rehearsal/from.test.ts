import { chmodSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from 'vitest';
import { dryRun } from '../../src/commands/dry-run/dry-run.ts';
import type { Rehearsed } from '../../src/commands/dry-run/rehearse.ts';
import { report } from '../../src/commands/report/report.ts';
import { verify } from '../../src/commands/verify.ts';
import { recordedCatalog } from '../../src/database/catalog.ts';
import { connect, type Sql } from '../../src/database/connect.ts';
import { readFacts } from '../../src/database/facts.ts';
import type { DisposableServer } from '../../src/disposable/server.ts';
import { hashesOf } from '../../src/rehearsal/hashes.ts';
import { loadSource } from '../../src/rehearsal/source/load.ts';
import { readSource } from '../../src/rehearsal/source/read.ts';
import { dropRoles } from '../../src/rehearsal/source/roles.ts';
import { duration } from '../../src/reports/markdown.ts';
import { compact, section } from '../reports/walk.ts';
import { databasesHere } from '../support/databases.ts';
import { AGENZIA, contextFor, guardianConfig, guardianYaml, VICTORY } from '../support/guardian.ts';
import { ownServer } from '../support/own-server.ts';
import { reason } from '../support/pg-dump.ts';

/** A server of its own, so that nobody else takes transaction ids there; its roles are not those of the others. */
let server: DisposableServer;
let url: string;
let sql: Sql;

const PERSONAL = ['Agenzia', 'agency', '00000000-0000-0000-0000-0000000000a2', '203.0.113.7', 'Mozilla', 'Rossi'];

beforeAll(async () => {
  server = await ownServer({ autovacuum: 'off' });
  url = await server.createDatabase('production');
  ({ sql } = await connect({ url, environment: {} }, 'test'));
  await sql`create role production_owner nologin`;
  await sql.unsafe(readFileSync(join(import.meta.dirname, '../../examples/guardian-legacy.sql'), 'utf8'));
  await sql.unsafe(`
    create table public.unrelated (); alter table public.unrelated owner to production_owner;
    grant select on public.organization_credits to production_owner;
    insert into public.credit_actions select pool || '_consumption', 1 from unnest('{ai,whatsapp,email,sms}'::text[]) as pool;
    alter table public.credit_consumption_logs add column ip_address inet not null default '203.0.113.7', add column reviewer uuid;
    alter table public.organization_credits add column contact text unique, add column note text not null default 'Rossi';
    alter table public.credit_consumption_logs add foreign key (action_type) references public.credit_actions (action_type);
    update public.organizations set owner_id = '00000000-0000-0000-0000-0000000000a2', settings = '{"mail": "owner@agency.example.test"}';
    update public.organization_credits set contact = organization_id || 'owner@agency.example.test';
    insert into public.credit_consumption_logs (organization_id, user_id, action_type, credits_consumed, metadata, reviewer)
    values ('${AGENZIA}', '00000000-0000-0000-0000-0000000000a2', 'ai_chat', 1, '{"agent": "Mozilla"}', '00000000-0000-0000-0000-0000000000a2')`);
  await sql`alter database production set search_path = auth, public`;
});

afterAll(async () => {
  await sql.end({ timeout: 1 });
  await server.stop();
});

const scratch = () => mkdtempSync(join(tmpdir(), 'creditshift-from-'));
const going = () => false;

/** What a writer leaves: the next transaction id, and counts of written rows. */
async function traces(): Promise<unknown> {
  await sql`select pg_stat_force_next_flush()`;
  const [row] = await sql`
    select pg_snapshot_xmax(pg_current_snapshot())::text as next,
           (select (sum(n_tup_ins), sum(n_tup_upd), sum(n_tup_del))::text from pg_stat_user_tables) as rows,
           (select count(*)::integer from pg_class) as relations`;
  return row;
}

test.skipIf(reason)(`a database is rehearsed on a copy, and nothing is written where it is ${reason}`, async () => {
  const yaml = guardianYaml
    .replace('plans:\n', '  video_render: { legacyCost: 4, pools: { ai: 3 } }\n\nplans:\n')
    .replace('withoutCredits: report', 'withoutCredits: create');
  const context = contextFor(url, yaml);
  const rehearsing = { ...context, target: { url: undefined, environment: process.env } };
  const before = await traces();
  const { document, blocks } = await dryRun(rehearsing, { from: url, server: inject('adminUrl') });
  expect(await traces()).toEqual(before);
  expect(document).toMatchObject({ faults: [], skipped: [], of: expect.stringMatching(/^127.0.0.1:\d+\/production$/) });
  expect(JSON.stringify([document, blocks])).not.toContain(new URL(url).password);
  // An action that the log refers to by a foreign key stays, and a balance row that nobody used does not.
  expect((document.rehearsed as Rehearsed[]).map(r => [r.method, r.kept])).toEqual([
    ['disable', { actions: ['video_render'], organizations: [VICTORY] }],
    ['drop', { actions: ['video_render'], organizations: [] }],
    ['restore', { actions: ['video_render'], organizations: [] }],
  ]);
  expect((document.rehearsed as Rehearsed[])[0]?.phases.map(p => p.phase)).toEqual([
    ...['back up', 'migrate', 'verify', 'compare forward', 'new organizations', 'charge', 'charge at once'],
    ...['change plans', 'charge again', 'roll back', 'compare', 'migrate again', 'verify again'],
  ]);
  const rows = blocks.flatMap(b => (b.kind === 'table' ? b.rows : []));
  expect(rows).toContainEqual(['the documents promise', '2 min', '5 min', '15 min']);
  expect((await verify(context)).document.rehearsal).toMatchObject({ matches: true });

  // Its report needs no database, and shows what was measured.
  const offline = { ...context, target: { url: 'postgresql://127.0.0.1:1/none', environment: {} } };
  const told = await report(offline, { kind: 'rehearsal' });
  const text = compact(String(told.document.markdown));
  expect(text).toMatch(/^# Rehearsal of 127.0.0.1:\d+\/production: no difference$/m);
  const methods = ['disable', 'drop', 'restore'] as const;
  const took = (document.waysBack as { seconds: number }[]).map(way => duration(way.seconds * 1000));
  for (const [i, method] of methods.entries()) {
    expect(section(text, 'Ways back')).toMatch(new RegExp(`^\\| ${method} \\| [^|]+ \\| ${took[i]} \\|`, 'm'));
    expect(section(text, 'Charges at once')).toMatch(new RegExp(`^\\| ${method} \\| 16 \\| 4 \\| \\d+ \\| \\d`, 'm'));
  }
  expect(section(text, 'Ways back')).toContain('- drop keeps actions that log entries refer to: `video_render`');
  expect(section(text, 'Phases')).toMatch(/^\| charge at once \| [\d.]+ s \| [\d.]+ s \| [\d.]+ s \|$/m);
  expect(section(text, 'Differences')).toContain('None: every way back restored');
  expect(told.document).toMatchObject({ report: 'rehearsal', outcome: 'passed', figures: { phases: { length: 13 } } });
  const borrowed = await connect({ url: inject('adminUrl'), environment: {} });
  expect(await borrowed.sql`select from pg_roles where rolname = 'production_owner'`).toHaveLength(0);
  await borrowed.sql.end();
});

test.skipIf(reason)(
  `personal columns stay at the source, and the copy has its schema and credits ${reason}`,
  async () => {
    const config = guardianConfig();
    const folder = scratch();
    const source = await readSource(url, process.env, config, folder, going);
    const rows = readdirSync(folder).filter(name => name.endsWith('.copy'));
    const text = rows.map(name => readFileSync(join(folder, name), 'utf8')).join('');
    expect(PERSONAL.filter(word => text.includes(word))).toEqual([]);
    expect(source.tables.map(t => [t.table.name, t.rows])).toEqual([
      ['organizations', 3],
      ['organization_credits', 2],
      ['credit_actions', 12],
      ['credit_consumption_logs', 1],
    ]);
    const elsewhere = databasesHere();
    const copyUrl = await elsewhere.createDatabase(`cs_copy_${process.pid}`);
    const copy = await connect({ url: copyUrl, environment: {} });
    const made: string[] = [];
    onTestFinished(async () => {
      await copy.sql.end();
      await elsewhere.dropDatabase(`cs_copy_${process.pid}`);
      const admin = await connect({ url: inject('adminUrl'), environment: {} });
      await dropRoles(admin.sql, made);
      await admin.sql.end();
    });
    expect(await loadSource(copy.sql, copyUrl, source, process.env, config, made)).toEqual([]);
    expect(made).toEqual(['production_owner']);
    expect(hashesOf(config, await readFacts(copy.sql, config), await recordedCatalog(copy.sql))).toEqual(source.hashes);
    const balances = (at: Sql) => at`
    select organization_id, credits_remaining, total_credits, plan_name, cycle_start_date
      from public.organization_credits order by 1`;
    expect(await balances(copy.sql)).toEqual(await balances(sql));
    await copy.sql`insert into public.credit_consumption_logs (organization_id, ip_address) values (${AGENZIA}, '::1')`;
    expect(await copy.sql`select count(*)::integer as rows from public.profiles`).toEqual([{ rows: 0 }]);
    expect(await loadSource(copy.sql, copyUrl, { ...source, tables: [] }, process.env, config, made)).toContainEqual(
      'CREATE SCHEMA auth; schema "auth" already exists',
    );
  },
);

/** A folder with programs of that version in it, which tell their words and fail, and nothing else. */
function pathWith(version: string | undefined): string {
  const folder = scratch();
  for (const name of version ? ['pg_dump', 'pg_restore'] : []) {
    const script = `echo "${name} (PostgreSQL) ${version}"; test "$*" = --version || { echo "$@" >&2; exit 1; }`;
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  return folder;
}

test.each([
  ['is missing', undefined, 'pg_dump is not in PATH'],
  ['is older than the server', '14.9', `pg_dump is of PostgreSQL 14, the server is PostgreSQL ${inject('postgres')}`],
])('where pg_dump %s, it is said before anything is read', async (_, version, detail) => {
  const reading = readSource(url, { PATH: pathWith(version) }, guardianConfig(), scratch(), going);
  await expect(reading).rejects.toMatchObject({
    code: 'PG_DUMP_NEEDED',
    details: expect.arrayContaining([detail]),
    next: expect.stringContaining(`postgresql-client-${inject('postgres')}`),
  });
});

test('nobody on the machine can read the password in the words of pg_dump', async () => {
  const reading = readSource(url, { PATH: pathWith('99.1') }, guardianConfig(), scratch(), going);
  const { details } = await reading.catch(error => error);
  expect(details).toEqual([expect.stringMatching(/^--no-password --dbname=dbname=.production. /)]);
});

test('a database whose migration has begun is refused, and so are a file and --from at once', async () => {
  await sql`create schema creditshift`;
  onTestFinished(async () => void (await sql`drop schema creditshift`));
  const from = (options: object) => {
    const context = { ...contextFor(''), target: { url: undefined, environment: process.env } };
    return dryRun(context, { from: url, server: inject('adminUrl'), ...options });
  };
  if (!reason) await expect(from({})).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
  await expect(from({ file: 'dump.sql' })).rejects.toMatchObject({ code: 'USAGE' });
});
