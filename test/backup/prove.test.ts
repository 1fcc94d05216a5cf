import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, inject, test } from 'vitest';
import { readProof } from '../../src/backup/proof.ts';
import { prove } from '../../src/backup/prove.ts';
import { readManifest } from '../../src/backup/verify.ts';
import { backup } from '../../src/commands/backup/backup.ts';
import { connect } from '../../src/database/connect.ts';
import { ABANDONED } from '../../src/disposable/claim.ts';
import { contextFor, freshDatabase } from '../support/guardian.ts';
import { migrateTo, sharedDatabase } from '../support/migrated.ts';
import { changed, flip, forge, rewrite } from './damage.ts';
import { enrich } from './rich.ts';
import { problemOf, withServer } from './support.ts';

const CREDITS = 'public.organization_credits';
let good: string;
beforeAll(async () => {
  const { url, drop } = await sharedDatabase();
  const { document } = await backup(contextFor(url), { prove: true, server: inject('adminUrl') });
  good = String(document.folder);
  return drop;
});

/** Proves a folder in an empty database of the tests' server. */
async function proved(folder: string, database?: { url: string }) {
  const { url } = database ?? (await freshDatabase('template0'));
  return withServer(url, (sql, server) => prove({ sql, server, label: 'test' }, folder));
}

test('a good backup is proved: all totals equal, one charge made, the time measured, and nothing left on the server', async () => {
  expect(await readProof(good)).toMatchObject({
    faults: [],
    charged: { organization: '00000000-0000-0000-0000-000000000001', action: 'ai_chat', spent: '1' },
    seconds: { restore: expect.any(Number), compare: expect.any(Number) },
  });
  const { sql } = await connect({ url: inject('adminUrl'), environment: {} });
  expect(await sql.unsafe(ABANDONED)).toEqual([]);
  await sql.end();
});

test('keys, rules, rights and functions of every kind are made again on a server that has none of the roles', async () => {
  const { url, sql } = await freshDatabase();
  await enrich(sql);
  const { document } = await backup(contextFor(url), { prove: true, server: 'embedded' });
  expect(document.proof).toMatchObject({ faults: [], charged: { spent: '1' } });
  const { controls } = await readManifest(String(document.folder));
  const objects = controls?.catalog.objects.join('\n');
  for (const name of ['credits_of', 'no_overlap', 'credits_mine', 'touched', 'is_mine(uuid)', 'ticket()', 'lower_idx'])
    expect(objects).toContain(name);
  expect(objects).not.toContain('user_id_fkey');
});

test.each<[string, (folder: string) => void, string, string]>([
  ['a truncated file', f => truncateSync(join(f, `${CREDITS}.copy`), 30), 'BACKUP_DAMAGED', 'truncated: 30 of'],
  ['a flipped byte', f => flip(join(f, `${CREDITS}.copy`)), 'BACKUP_DAMAGED', 'checksum differs'],
  ['a missing file', f => rmSync(join(f, `${CREDITS}.copy`)), 'BACKUP_DAMAGED', 'missing'],
  [
    'a missing table',
    f => rewrite(f, ({ files }) => ({ files: files.filter(file => file.name !== CREDITS) })),
    'BACKUP_DAMAGED',
    'the table is not in it',
  ],
  ['missing totals', f => rewrite(f, { controls: undefined }), 'BACKUP_DAMAGED', 'no control totals'],
  [
    'a start of the migration before it',
    f => rewrite(f, { migration: { started: true, journalHead: null, steps: ['010_control'] } }),
    'BACKUP_AFTER_MIGRATION',
    'after 010_control',
  ],
  ['a newer server behind it', f => rewrite(f, { serverVersion: '99.1' }), 'BACKUP_NEWER', 'PostgreSQL 99'],
  ['an older server behind it', f => rewrite(f, { serverVersion: '9.6' }), 'DISPOSABLE_UNAVAILABLE', 'PostgreSQL 9'],
])('a backup with %s is not restored', async (_, change, code, words) => {
  // It never comes to a restore.
  const problem = await problemOf(proved(changed(good, change), { url: inject('adminUrl') }));
  expect(problem.code).toBe(code);
  expect([problem.message, ...problem.details].join(' ')).toContain(words);
});

const without =
  (part: 'before' | 'after', words: string, instead: string[] = []) =>
  (folder: string) =>
    rewrite(folder, ({ schema }) => {
      const statements = (schema?.[part] ?? []).filter(s => !s.includes(words));
      expect(statements.length).toBeLessThan(schema?.[part].length ?? 0);
      return { schema: { ...schema, [part]: [...statements, ...instead] } };
    });
const consume = (
  body: string,
) => `create function public.consume_credits_rpc(p_organization_id uuid, p_action_type text)
  returns json language plpgsql security definer as 'begin ${body} end'`;

test.each<[string, (folder: string) => void, string]>([
  [
    'another balance',
    f => forge(f, CREDITS, text => text.replace('995', '996')),
    'sum of credits_remaining: 1095, not 1094',
  ],
  ['another row', f => forge(f, CREDITS, text => text.replace('2025-10-01', '2025-10-02')), 'its rows are not those'],
  ['a row less', f => forge(f, CREDITS, text => text.replace(/^.*\n/, '')), '1 rows, not 2'],
  [
    'no table',
    without('before', 'create table public.organization_credits'),
    'organization_credits: could not be made',
  ],
  [
    'rows that do not load',
    f => forge(f, CREDITS, text => text.replace('\t995\t', '\tmany\t')),
    'not made: invalid input',
  ],
  ['no function', without('before', 'FUNCTION public.consume_credits_rpc'), 'the legacy function does not run'],
  [
    'a function that charges nothing',
    without('before', 'FUNCTION public.consume_credits_rpc', [consume('return null;')]),
    'charged nothing for ai_chat',
  ],
])('a restore with %s is told from what was backed up', async (_, change, fault) => {
  const { faults } = await proved(changed(good, change));
  expect(faults.join('\n')).toContain(fault);
});

test('each rule, key and right that a restore lacks is named', async () => {
  const folder = changed(good, f => {
    without('after', 'create policy credits_any_reader')(f);
    without('after', 'enable row level security')(f);
    without('after', 'organization_id_unique')(f);
    without('after', 'on table public.credit_actions to anon')(f);
    without('after', 'CREATE INDEX idx_organization_credits_org_id')(f);
  });
  expect((await proved(folder)).faults).toEqual([
    'catalog: - constraint public.organization_credits organization_credits_organization_id_unique',
    'catalog: - function auth.role()',
    'catalog: - index public.idx_organization_credits_org_id',
    'catalog: - index public.organization_credits_organization_id_unique',
    'catalog: - policy public.organization_credits credits_any_reader',
    'catalog: ~ relation public.credit_actions',
    'catalog: ~ relation public.credit_consumption_logs',
    'catalog: ~ relation public.organization_credits',
  ]);
});

test('a proof counts for its manifest only, and only when it can be read', async () => {
  const other = changed(good, folder =>
    writeFileSync(
      join(folder, 'proof.json'),
      readFileSync(join(folder, 'proof.json'), 'utf8').replace(/"manifest": "./, '"manifest": "x'),
    ),
  );
  const broken = changed(good, folder => truncateSync(join(folder, 'proof.json'), 50));
  const none = changed(good, folder => rmSync(join(folder, 'proof.json')));
  for (const folder of [other, broken, none]) expect(await readProof(folder)).toBeUndefined();
});

test('where there are no credits one is given to charge it, and where there are no organizations none is charged', async () => {
  const { url, sql } = await freshDatabase();
  const prove = async () =>
    (await backup(contextFor(url), { prove: true, server: inject('adminUrl') })).document as {
      proved: boolean;
      proof: { charged: unknown };
    };
  await sql`update organization_credits set credits_remaining = null`;
  expect(await prove()).toMatchObject({ proved: true, proof: { charged: { spent: '1' } } });
  await sql`delete from organization_credits`;
  expect(await prove()).toMatchObject({ proved: true, proof: { charged: null } });
});

test('a backup of a database whose migration has begun is not proved', async () => {
  const { url, sql } = await freshDatabase();
  await migrateTo(sql, 'control');
  const problem = await problemOf(backup(contextFor(url), { prove: true }));
  expect(problem).toMatchObject({ code: 'BACKUP_AFTER_MIGRATION', exitCode: 6 });
});

test.each<[string, string]>([
  ['no server', 'postgres://nobody:x@127.0.0.1:1/postgres'],
  ['no kind of server', 'elsewhere'],
])('%s to prove it on: it says so, and writes nothing', async (_, server) => {
  const { url } = await freshDatabase();
  const context = contextFor(url);
  const problem = await problemOf(backup(context, { prove: true, server, out: 'mine' }));
  expect(['CANNOT_CONNECT', 'USAGE']).toContain(problem.code);
  expect(await problemOf(readManifest(join(context.folder, 'mine')))).toMatchObject({ code: 'BACKUP_MISSING' });
});

test('a login that is no superuser of the throw-away server is refused, and told why', async () => {
  const { url, sql } = await freshDatabase();
  const role = `cs_prover_${process.pid}`;
  await sql.unsafe(`create role ${role} login createdb password 'x'`);
  const server = new URL(inject('adminUrl'));
  [server.username, server.password] = [role, 'x'];
  const problem = await problemOf(backup(contextFor(url), { prove: true, server: server.href }));
  expect(problem).toMatchObject({ code: 'DISPOSABLE_UNAVAILABLE', message: expect.stringContaining('superuser') });
  await sql.unsafe(`drop role ${role}`);
});

test('--server without --prove is a slip', async () => {
  const attempt = async () => backup(contextFor('postgres://nobody@127.0.0.1:1/x'), { server: 'docker' });
  expect(await problemOf(attempt())).toMatchObject({ code: 'USAGE' });
});
