import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { backup } from '../../src/commands/backup/backup.ts';
import { reallocate } from '../../src/commands/reallocate/reallocate.ts';
import { rollback } from '../../src/commands/rollback/rollback.ts';
import { AGENZIA, contextFor, freshDatabase, migrate } from '../support/guardian.ts';

test.each(['backup', 'current', undefined] as const)(
  'a restore (--balances %s) cut short after the switch and finished keeps what the legacy function spent meanwhile',
  async balances => {
    const { url, sql } = await freshDatabase();
    const context = contextFor(url);
    await backup(context);
    await migrate(context);
    const charge = async () => sql`select consume_credits_rpc(${AGENZIA}, 'ai_chat')`;
    await charge();
    writeFileSync(join(context.folder, 'file'), '');
    const options = { method: 'restore' as const, ...(balances && { balances }) };
    const failing = rollback(context, { ...options, archive: 'file/archive' });
    await expect(failing).rejects.toMatchObject({ code: 'ARCHIVE_FAILED' });
    await charge();
    const { exitCode } = await rollback(context, options);
    expect(exitCode).toBe(0);
    const [row] =
      await sql`select credits_remaining as balance from organization_credits where organization_id = ${AGENZIA}`;
    expect(row).toEqual({ balance: 97 });
  },
);

test('a restore from the backup counts anew what a balance could not pay', async () => {
  const { url, sql } = await freshDatabase();
  const context = contextFor(url);
  await backup(context);
  await migrate(context);
  await sql`select consume_credits_rpc(${AGENZIA}, 'ai_chat', 60)`;
  await sql`update organization_credits set credits_remaining = 10 where organization_id = ${AGENZIA}`;
  writeFileSync(join(context.folder, 'file'), '');
  const failing = rollback(context, { method: 'restore', balances: 'backup', archive: 'file/archive' });
  await expect(failing).rejects.toMatchObject({ code: 'ARCHIVE_FAILED' });
  await migrate(context);
  await sql`select reverse_credits(${AGENZIA}, 2)`;
  await rollback(context, { method: 'disable' });
  const [row] =
    await sql`select credits_remaining as balance from organization_credits where organization_id = ${AGENZIA}`;
  expect(row).toEqual({ balance: 99 });
});

test('reallocate, top-ups and cycles work after the legacy columns were retired, and after they were dropped', async () => {
  const { url, sql } = await freshDatabase();
  const context = contextFor(url);
  await migrate(context, { to: 'contract' });
  const totals = () => sql`select ai_credits_total as ai from organization_credits where organization_id = ${AGENZIA}`;
  await reallocate(context, { organization: AGENZIA, plan: 'professional' });
  expect([...(await totals())]).toEqual([{ ai: 400 }]);
  await sql`select top_up_credits(${AGENZIA}, 'ai', 5, 'pi_1')`;
  await migrate(context, { to: 'contract', dropLegacy: true });
  await sql`select reset_cycle(${AGENZIA}, '2026-12-01')`;
  expect([...(await totals())]).toEqual([{ ai: 405 }]);
  await reallocate(context, { organization: AGENZIA, plan: 'premium' });
  expect([...(await totals())]).toEqual([{ ai: 1505 }]);
});
