import { inject, onTestFinished } from 'vitest';
import { backup } from '../../src/commands/backup/backup.ts';
import { type RollbackOptions, rollback } from '../../src/commands/rollback/rollback.ts';
import type { Context } from '../../src/commands/session/context.ts';
import { recordedCatalog } from '../../src/database/catalog.ts';
import { connect, type Sql, targetOf } from '../../src/database/connect.ts';
import { ADMIN, AGENZIA, contextFor, freshDatabase, migrate } from '../support/guardian.ts';

/** As a command line has it. */
export const withPrograms = (url: string): Context => ({
  ...contextFor(url),
  target: { url, environment: { PATH: process.env.PATH } },
});

let counter = 0;
/** A name for a new database, which is dropped in the end. */
export function newName(): string {
  const name = `cs_into_${process.pid}_${counter++}`;
  onTestFinished(() =>
    within('postgres', async sql => void (await sql.unsafe(`drop database if exists ${name} with (force)`))),
  );
  return name;
}

export async function within<T>(database: string, body: (sql: Sql) => Promise<T>): Promise<T> {
  const { sql } = await connect(targetOf({ url: inject('adminUrl'), environment: {} }, database), 'test');
  return body(sql).finally(() => sql.end({ timeout: 1 }));
}

/** A database with a setting of its own that was backed up and migrated, and charged 1 and 2 since. */
export async function ready(options: { charge?: boolean } = {}) {
  const { url, sql } = await freshDatabase();
  const database = new URL(url).pathname.slice(1);
  await sql.unsafe(`alter database ${database} set work_mem = '5MB'; create table other as select 42 as kept`);
  const context = withPrograms(url);
  const catalog = await recordedCatalog(sql);
  const good = String((await backup(context)).document.folder);
  await migrate(context);
  if (options.charge ?? true) {
    await sql`select consume_credits_rpc(${AGENZIA}::uuid, 'ai_chat'), consume_credits_rpc(${AGENZIA}::uuid, 'whatsapp_message'),
                     consume_credits_rpc(${ADMIN}::uuid, 'email_send')`;
  }
  return { url, sql, database, context, catalog, good };
}

export const balances = async (sql: Sql) =>
  (
    await sql<
      { balance: number }[]
    >`select credits_remaining as balance from organization_credits order by organization_id`
  ).map(r => r.balance);
export const into = (context: Context, name: string, options: Partial<RollbackOptions> = {}) =>
  rollback(context, { method: 'restore', into: name, ...options });
export const modeOf = async (sql: Sql) => (await sql`select mode from creditshift.control`)[0]?.mode;
