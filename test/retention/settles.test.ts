import { expect, test } from 'vitest';
import { backup } from '../../src/commands/backup/backup.ts';
import { rollback } from '../../src/commands/rollback/rollback.ts';
import type { Context } from '../../src/commands/session/context.ts';
import { verify } from '../../src/commands/verify.ts';
import type { Sql } from '../../src/database/connect.ts';
import { foundIn, WARNING, WARNINGS } from '../checks/found.ts';
import { contextFor, freshDatabase, migrate } from '../support/guardian.ts';
import { age, LOG, retain, spend } from './support.ts';

interface One {
  sql: Sql;
  context: Context;
  retained: boolean;
}

/** Two databases of one history: in the first, what is old leaves the log. */
async function twins(): Promise<One[]> {
  const make = async (retained: boolean) => {
    const { url, sql } = await freshDatabase();
    const context = contextFor(url);
    await backup(context);
    await migrate(context);
    return { sql, context, retained };
  };
  return [await make(true), await make(false)];
}

async function shorten({ sql, context, retained }: One): Promise<void> {
  await age(sql, 14);
  if (!retained) return;
  const { document } = await retain(context);
  expect(document.archive).not.toBeNull();
  expect(await sql.unsafe(`select from ${LOG} where success is not null`)).toHaveLength(0);
}

const balances = ({ sql }: One) => sql`select organization_id, credits_remaining from organization_credits order by 1`;
const settled = ({ sql }: One) =>
  sql`select organization, charged, shortfall from creditshift.settled where charged <> 0 or shortfall <> 0 order by 1`;

/** Does the same on both, and compares what `read` finds. */
async function same(both: One[], body: (one: One) => Promise<unknown>, ...read: ((one: One) => Promise<unknown>)[]) {
  for (const one of both) await body(one);
  for (const found of read) {
    const [retained, whole] = await Promise.all(both.map(found));
    expect(retained).toEqual(whole);
  }
}

test('disable, forward and disable again, and drop settle the same legacy balances as with the whole log', async () => {
  const both = await twins();
  await same(both, ({ sql }) => spend(sql, 1), balances);
  await same(both, shorten);
  await same(both, ({ sql }) => spend(sql, 2), balances);
  const [one] = both as [One, One];
  // Absolute Victory has a row now, unlike in Guardian.
  expect(foundIn((await verify(one.context)).document)).toMatchObject(WARNINGS.filter(w => w !== WARNING));
  await same(both, ({ context }) => rollback(context, { method: 'disable' }), balances, settled);
  await same(both, ({ context }) => migrate(context));
  await same(both, ({ sql }) => spend(sql, 3));
  // What is settled and what is not lie in one run of numbers now.
  await same(both, shorten);
  await same(both, ({ sql }) => spend(sql, 4));
  await same(both, ({ context }) => rollback(context, { method: 'disable' }), balances, settled);
  await same(both, ({ context }) => rollback(context, { method: 'drop' }), balances);
});

test('restore replays the same charges over the backup as with the whole log', async () => {
  const both = await twins();
  await same(both, ({ sql }) => spend(sql, 1));
  await same(both, shorten);
  await same(both, ({ sql }) => spend(sql, 2));
  await same(both, ({ context }) => rollback(context, { method: 'restore', balances: 'backup' }), balances);
});
