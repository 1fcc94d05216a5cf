import { expect, test } from 'vitest';
import { connect } from '../../src/database/connect.ts';
import { AGENZIA, contextFor, freshDatabase, migrate } from '../support/guardian.ts';

test('16 clients that over-ask a pool of 1000 get exactly 1000, each numbered once', async () => {
  const { url, sql } = await freshDatabase();
  await migrate(contextFor(url));
  await sql`update organization_credits set ai_credits_available = 1000, ai_credits_total = 1000 where organization_id = ${AGENZIA}`;
  const clients = await Promise.all(Array.from({ length: 16 }, () => connect({ url, environment: {} })));
  const granted = await Promise.all(
    clients.map(async ({ sql: client }) => {
      let successes = 0;
      for (let call = 0; call < 100; call++) {
        const [row] = await client<{ ok: boolean }[]>`
          select (consume_credits_rpc(${AGENZIA}::uuid, 'ai_chat')::jsonb ->> 'success')::boolean as ok`;
        if (row?.ok) successes += 1;
      }
      return successes;
    }),
  );
  await Promise.all(clients.map(c => c.sql.end()));
  expect(granted.reduce((a, b) => a + b, 0)).toBe(1000);
  const [log] = await sql`
    select count(*) filter (where success)::integer as charged, count(*) filter (where not success)::integer as refused,
           min(sequence)::integer as first, max(sequence)::integer as last, count(distinct sequence)::integer as numbers
      from credit_consumption_logs`;
  expect(log).toEqual({ charged: 1000, refused: 600, first: 2, last: 1001, numbers: 1000 });
});

test('16 clients with the same idempotency keys charge each key once, without an error', async () => {
  const { url, sql } = await freshDatabase();
  await migrate(contextFor(url));
  const clients = await Promise.all(Array.from({ length: 16 }, () => connect({ url, environment: {} })));
  const answers = await Promise.all(
    clients.map(async ({ sql: client }) => {
      const own: string[] = [];
      for (let call = 0; call < 50; call++) {
        const [row] = await client<{ answer: string }[]>`
          select consume_credits_rpc(${AGENZIA}::uuid, 'ai_chat', p_idempotency_key => ${`key ${call}`})::text as answer`;
        own.push(row?.answer ?? '');
      }
      return own.join('\n');
    }),
  );
  await Promise.all(clients.map(c => c.sql.end()));
  expect(new Set(answers).size).toBe(1);
  const [row] =
    await sql`select ai_credits_available as ai from organization_credits where organization_id = ${AGENZIA}`;
  expect(row).toEqual({ ai: 150 });
});

test('what waits while the mode changes is refused, and so is what has an older snapshot', async () => {
  const { url, sql } = await freshDatabase();
  await migrate(contextFor(url));
  const [waiting, older] = await Promise.all([connect({ url, environment: {} }), connect({ url, environment: {} })]);
  const [{ pid } = { pid: 0 }] = await waiting.sql<{ pid: number }[]>`select pg_backend_pid() as pid`;
  await sql`select consume_credits_rpc(${AGENZIA}, 'ai_chat')`;
  for (const call of [
    "consume_credits_rpc($1::uuid, 'ai_chat')",
    'reverse_credits($1::uuid, 2)',
    "top_up_credits($1::uuid, 'ai', 1, 'pi_1')",
    "reset_cycle($1::uuid, '2026-12-01')",
  ]) {
    const text = `select to_jsonb(${call}) as answer`;
    let refused: Promise<string | undefined> | undefined;
    const outcome = older.sql.begin('isolation level repeatable read', async tx => {
      await tx`select 1`;
      await sql.begin(async change => {
        await change`lock table organization_credits in share row exclusive mode`;
        refused = waiting.sql.unsafe<{ answer: { code?: string } }[]>(text, [AGENZIA]).then(
          ([row]) => row?.answer.code,
          error => error.hint,
        );
        await until(async () => {
          const [row] = await sql`select wait_event_type = 'Lock' as waits from pg_stat_activity where pid = ${pid}`;
          return row?.waits === true;
        });
        await change`update creditshift.control set mode = 'maintenance'`;
      });
      return tx.unsafe(text, [AGENZIA]);
    });
    await expect(outcome, call).rejects.toMatchObject({ code: '40001' });
    expect(await refused, call).toBe('MAINTENANCE');
    await sql`update creditshift.control set mode = 'live'`;
  }
  const [row] =
    await sql`select last_sequence::integer as entries from organization_credits where organization_id = ${AGENZIA}`;
  expect(row).toEqual({ entries: 2 });
  await Promise.all([waiting.sql.end(), older.sql.end()]);
});

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise(setImmediate);
}
