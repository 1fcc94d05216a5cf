import { setTimeout as pause } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { connect, type Sql } from '../../src/database/connect.ts';
import { withLadder } from '../../src/database/ladder.ts';
import { start, workFolder } from '../cli/creditshift.ts';
import { startClients } from './clients.ts';
import { useWorld, worldYaml } from './world.ts';

const world = useWorld();

/** A transaction of another application that holds the balance table, until the server has enough of it. */
async function longTransaction(url: string, mode: string) {
  const { sql } = await connect({ url, environment: {} }, 'nightly-report');
  const connection = await sql.reserve();
  const [session] = await connection<{ pid: number }[]>`select pg_backend_pid() as pid`;
  await connection`begin`;
  // Should its end be waited for, this test fails instead of waiting for ever.
  await connection`set local idle_in_transaction_session_timeout = '100s'`;
  await connection.unsafe(`lock table organization_credits in ${mode} mode`);
  onTestFinished(() => sql.end({ timeout: 1 }));
  return { pid: session?.pid ?? 0, commit: async () => connection`commit` };
}

/** Reads the balance table until it is stopped; the last read has ended then. */
function startReader(sql: Sql): () => Promise<void> {
  let stopped = false;
  const ended = (async () => {
    for (; !stopped; await pause(5)) await sql`select sum(credits_remaining) from organization_credits`;
  })();
  ended.catch(() => {});
  return () => {
    stopped = true;
    return ended;
  };
}

test.each([
  { from: '015_pricing', mode: 'access share', waits: '020_expand_balances' },
  { from: '080_index', mode: 'row exclusive', waits: '090_cutover' },
])(
  'readers and chargers go on while $waits waits for a long transaction ($mode) and names it',
  async ({ from, mode, waits }) => {
    const { url, sql } = await world();
    const folder = workFolder(worldYaml);
    expect(await start(['migrate', '--to', from], folder, url).ended).toMatchObject({ code: 0 });
    const clients = await startClients(url);
    const stopReader = startReader(sql);
    const holder = await longTransaction(url, mode);
    const run = start(['migrate', '--json'], folder, url);
    await run.says('"try":5,');
    // None of them waits for the long transaction: all have had their answers, and it is still there.
    await clients.answers(20);
    await clients.stop();
    await stopReader();
    await holder.commit();
    const { code, stderr } = await run.ended;
    expect(code).toBe(0);
    const blocked = stderr.split('\n').find(line => line.includes('"blocked"'));
    // On a busy machine a client's call may be old enough to be named after it.
    const { step, by } = JSON.parse(blocked ?? '');
    expect({ step, oldest: by[0] }).toMatchObject({
      step: waits,
      oldest: { pid: holder.pid, application: 'nightly-report' },
    });
  },
);

test('a step that gives up names the long transaction: pid, application, age and query', async () => {
  const { url, sql } = await world();
  const holder = await longTransaction(url, 'access share');
  const lock = { table: 'public.organization_credits', mode: 'ACCESS EXCLUSIVE' };
  const given = withLadder(sql, [lock], async tx => tx`lock table organization_credits`, { lockTimeout: 50, tries: 3 });
  const problem = await given.catch(error => error);
  expect(problem).toMatchObject({ code: 'LOCK_TIMEOUT', exitCode: 4, details: [expect.anything()] });
  expect(problem.details[0]).toMatch(
    new RegExp(
      `pid ${holder.pid} \\(nightly-report\\) since \\d\\d:\\d\\d:\\d\\d: lock table organization_credits in access`,
    ),
  );
  await holder.commit();
});
