import { type Database, named } from '../../backup/dump/database.ts';
import { quoteIdentifier } from '../../config/names.ts';
import { connect, type Sql, type Target, targetOf } from '../../database/connect.ts';
import { Problem, UNTOUCHED } from '../../problems.ts';

/** Comment of a database while a restore into it is unfinished: that one may be removed, to begin again. */
const UNFINISHED = 'creditshift: a restore into it is not finished';

/**
 * The new database can be made: it is not there, or is empty, or is what an interrupted restore left.
 * @throws Problem PRIVILEGE_MISSING, DATABASE_NOT_EMPTY
 */
export async function requireRoom(sql: Sql, target: Target, name: string): Promise<void> {
  const [role] = await sql<{ name: string; allowed: boolean }[]>`
    select rolname as name, rolsuper or rolcreatedb as allowed from pg_roles where rolname = current_user`;
  if (!role?.allowed) {
    throw new Problem('PRIVILEGE_MISSING', `The role ${role?.name} may not create databases.`, {
      state: UNTOUCHED,
      next: `As a superuser: alter role ${quoteIdentifier(role?.name ?? '')} createdb; then the same command again`,
    });
  }
  const found = await find(sql, name);
  if (found && found.comment !== UNFINISHED) await requireEmpty(target, name);
}

interface Found {
  comment: string | null;
}

async function find(sql: Sql, name: string): Promise<Found | undefined> {
  const [row] = await sql<Found[]>`
    select shobj_description(oid, 'pg_database') as comment from pg_database where datname = ${name}`;
  return row;
}

async function requireEmpty(target: Target, name: string): Promise<void> {
  const { sql } = await connect(targetOf(target, name), 'creditshift', 1);
  try {
    // Everything that somebody made has an oid of 16384 or more.
    const made = await sql<{ name: string }[]>`
      select c.oid::regclass::text as name from pg_class as c where c.oid >= 16384 and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
      union all select p.oid::regprocedure::text from pg_proc as p where p.oid >= 16384
      union all select n.nspname from pg_namespace as n where n.oid >= 16384 and n.nspname !~ '^pg_'
       limit 5`;
    if (made.length === 0) return;
    throw new Problem('DATABASE_NOT_EMPTY', `The database ${name} is there, and is not empty.`, {
      state: UNTOUCHED,
      next: 'name one with --into that is empty, or not there yet',
      details: made.map(m => `it has ${m.name}`),
    });
  } finally {
    await sql.end({ timeout: 1 });
  }
}

/** Makes it as the backup's database was made, marked as unfinished; what an interrupted restore left in it is gone then. */
export async function makeDatabase(sql: Sql, name: string, { create }: Database): Promise<void> {
  const quoted = quoteIdentifier(name);
  const found = await find(sql, name);
  if (found?.comment === UNFINISHED) await sql.unsafe(`drop database ${quoted} with (force)`);
  if (!found || found.comment === UNFINISHED) await sql.unsafe(named(create, name));
  await sql.unsafe(`comment on database ${quoted} is '${UNFINISHED}'`);
}

/** Gives it the settings, privileges and owner of the backup's database; a line for each that was refused. */
export async function alterDatabase(sql: Sql, name: string, { alter }: Database): Promise<string[]> {
  const refused: string[] = [];
  for (const statement of alter) {
    const text = named(statement, name);
    await sql.unsafe(text).catch(error => refused.push(`${text}: ${error.message}`));
  }
  return refused;
}

/** From here on it is nobody's to remove. */
export const markFinished = async (sql: Sql, name: string): Promise<void> => {
  await sql.unsafe(`comment on database ${quoteIdentifier(name)} is null`);
};
