import { expect, test } from 'vitest';
import { migrate } from '../../src/commands/migrate.ts';
import { readState } from '../../src/database/state.ts';
import { contextFor, freshDatabase } from '../support/guardian.ts';

test('a run that resumes checks the last step first: the one before it may have died, or failed, there', async () => {
  const { url, sql } = await freshDatabase();
  const context = contextFor(url);
  await migrate(context, { to: '020_expand_balances' });
  await sql`alter table organization_credits drop constraint ai_credits_within_total`;
  await expect(migrate(context)).rejects.toMatchObject({ code: 'CHECKS_FAILED' });
  expect((await readState(sql))?.applied.at(-1)?.step).toBe('020_expand_balances');
});
