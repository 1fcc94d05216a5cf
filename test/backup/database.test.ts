import { expect, inject, onTestFinished, test } from 'vitest';
import { named, readDatabase } from '../../src/backup/dump/database.ts';
import { connect, targetOf } from '../../src/database/connect.ts';

const server = { url: inject('adminUrl'), environment: {} };

/** What a database is besides its contents. */
async function nature(name: string) {
  const { sql } = await connect(targetOf(server, name), 'test', 1);
  const [row] = await sql`
    select pg_encoding_to_char(encoding) as encoding, datcollate, datctype, datlocprovider,
           coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale') as locale, array(select unnest(datacl)::text order by 1) as acl,
           (select array_agg(array[pg_get_userbyid(setrole)::text, setconfig::text] order by setrole)
              from pg_db_role_setting where setdatabase = d.oid and setrole <> 0) as "ofRoles",
           (select setconfig from pg_db_role_setting where setdatabase = d.oid and setrole = 0) as settings
      from pg_database as d where datname = current_database()`;
  const database = await sql.begin(tx => readDatabase(tx));
  await sql.end();
  return { row, database };
}

test.each([
  [
    'of the ICU provider',
    `template template0 encoding utf8 lc_collate 'C' lc_ctype 'C' locale_provider icu icu_locale 'de-u-co-phonebk'`,
    [],
  ],
  ['of another encoding', `template template0 encoding latin1 lc_collate 'C' lc_ctype 'C'`, []],
  [
    'with settings, of a role too, and privileges',
    'template template0',
    [
      `alter database :"database" set search_path to "$user", public, "Odd name"`,
      `alter database :"database" set work_mem = '5MB'`,
      `alter role current_user in database :"database" set application_name = 'it''s'`,
      'revoke connect on database :"database" from public',
    ],
  ],
])('a database %s is made again as it was', async (_, options, alter) => {
  const names = [`cs_nature_${process.pid}_one`, `cs_nature_${process.pid}_two`] as const;
  const { sql: admin } = await connect(server, 'test', 1);
  const dropAll = async () => {
    for (const name of names) await admin.unsafe(`drop database if exists ${name} with (force)`);
  };
  onTestFinished(async () => {
    await dropAll();
    await admin.end();
  });
  await dropAll();
  await admin.unsafe(`create database ${names[0]} ${options}`);
  for (const statement of alter) await admin.unsafe(named(statement, names[0]));
  const { row, database } = await nature(names[0]);
  for (const statement of [database.create, ...database.alter]) await admin.unsafe(named(statement, names[1]));
  expect((await nature(names[1])).row).toEqual(row);
});
