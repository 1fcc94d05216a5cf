import { expect, test } from 'vitest';
import { readState } from '../../src/database/state.ts';
import { contextFor, freshDatabase, migrate } from '../support/guardian.ts';

test('a step whose checks fail holds up every later migrate, not only its own', async () => {
  const { url, sql } = await freshDatabase();
  const context = contextFor(url);
  await migrate(context, { to: 'functions' });
  await sql`alter function creditshift.consume_credits_rpc rename to stolen`;
  for (let attempt = 0; attempt < 2; attempt++) {
    await expect(migrate(context)).rejects.toMatchObject({ code: 'CHECKS_FAILED' });
    expect((await readState(sql))?.applied.at(-1)?.step).toBe('050_functions');
  }
  await sql`alter function creditshift.stolen rename to consume_credits_rpc`;
  await migrate(context);
  expect((await readState(sql))?.mode).toBe('live');
});
