import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { stringify } from 'yaml';
import { AGENZIA, freshDatabase, guardianYaml } from '../support/guardian.ts';
import { start, workFolder } from './creditshift.ts';

const SECRET = `gehe1m/p@ss%w"ord`;
/** As it is, in a URL, and in JSON. */
const SPELLINGS = [SECRET, encodeURIComponent(SECRET), JSON.stringify(SECRET).slice(1, -1), 'gehe1m'];
/** Says all that it was given. */
const TELL = `const { readFileSync } = require('node:fs');
const { DATABASE_URL, PGPASSWORD, PGPASSFILE, PGSERVICEFILE } = process.env;
console.log(DATABASE_URL, PGPASSWORD, ...[PGPASSFILE, PGSERVICEFILE].map(file => file && readFileSync(file, 'utf8')));
process.exit(1);`;

/** The ways to give a password, each with what is wrong where `wrong` is set: port and database. */
function waysTo(place: string, url: URL) {
  const { hostname, port, pathname } = url;
  const database = pathname.slice(1);
  const keep = (name: string, text: string) => {
    writeFileSync(join(place, name), text, { mode: 0o600 });
    return join(place, name);
  };
  const rest = { PGHOST: hostname, PGPORT: port, PGUSER: 'cs_secretive', PGDATABASE: database };
  const service = `[here]\nhost=${hostname}\nport=${port}\nuser=cs_secretive\npassword=${SECRET}\n`;
  return [
    { DATABASE_URL: `postgres://cs_secretive:${encodeURIComponent(SECRET)}@${url.host}/${database}` },
    { ...rest, PGPASSWORD: SECRET },
    { ...rest, PGPASSFILE: keep('pass', `${hostname}:*:*:cs_secretive:${SECRET}\n`) },
    { PGSERVICE: 'here', PGDATABASE: database, PGSERVICEFILE: keep('service', service) },
  ];
}

/** A small walk, with every kind of file that is written; and, last, what cannot be done. */
const WALK = [
  ['plan'],
  ['preflight', '--out', 'checklist.md'],
  ['backup'],
  ['migrate'],
  ['verify', '--json'],
  ['status'],
  ['report', 'completion', '--out', 'completion.md'],
  ['report', 'status', '--out', 'status.md', '--json'],
  ['report', 'margin', '--out', 'margin.html', '--json'],
  ['audit', 'export', '--out', 'audit.jsonl'],
  ['rollback', '--yes', '--method', 'disable'],
  ['rollback', '--yes', '--method', 'nothing'],
];

test('a password is in nothing that is written, however it was given', { timeout: 120_000 }, async () => {
  const { url, sql } = await freshDatabase();
  await sql.unsafe(`create role cs_secretive superuser login password '${SECRET}'`);
  onTestFinished(async () => {
    await sql.unsafe(
      'reassign owned by cs_secretive to current_user; drop owned by cs_secretive; drop role cs_secretive',
    );
  });
  const hook = { run: [process.execPath, '-e', TELL] };
  const folder = workFolder(`${guardianYaml}\n${stringify({ hooks: { start: hook, 'after-rollback': hook } })}`);
  const ways = waysTo(mkdtempSync(join(tmpdir(), 'creditshift-secret-')), new URL(url));
  const written: string[] = [];
  const run = async (args: readonly string[], environment: Record<string, string>) => {
    const { code, stdout, stderr } = await start(args, folder, undefined, { environment }).ended;
    written.push(stdout, stderr);
    return code;
  };
  for (const [index, args] of WALK.entries()) {
    const way = ways[index % ways.length] as Record<string, string>;
    const code = await run(args, way);
    expect([args, code], written.at(-1)).toEqual([
      args,
      args.includes('nothing') ? 2 : ['preflight', 'verify'].includes(args[0] ?? '') ? expect.any(Number) : 0,
    ]);
    if (args[0] === 'migrate') await sql`select consume_credits_rpc(${AGENZIA}, 'ai_chat')`;
  }
  const wrong = ways.flatMap(way => [
    JSON.parse(JSON.stringify(way).replaceAll(new URL(url).pathname.slice(1), 'cs_not_there')),
    { ...way, PGSSLMODE: 'require' },
    { ...way, PGSSLMODE: 'odd' },
  ]);
  expect(await Promise.all(wrong.map(way => run(['status'], way)))).toEqual(wrong.map(() => 3));

  expect(written.join('')).toContain('***');
  written.push(...filesIn(folder), ...(await rowsOf()));
  for (const spelling of SPELLINGS) expect(written.filter(text => text.includes(spelling))).toEqual([]);

  async function rowsOf(): Promise<string[]> {
    const tables = await sql<{ name: string }[]>`
      select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname = 'creditshift'`;
    expect(tables.map(({ name }) => name)).toContain('creditshift.journal');
    const rows = await Promise.all(
      tables.map(({ name }) => sql.unsafe(`select to_jsonb(t)::text as row from ${name} as t`)),
    );
    return rows.flat().map(({ row }) => row as string);
  }
});

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map(name => join(folder, name))
    .filter(file => statSync(file).isFile())
    .map(file => readFileSync(file, 'latin1'));
