import { expect, test } from 'vitest';
import { report } from '../../src/commands/report/report.ts';
import { status } from '../../src/commands/status.ts';
import { withLadder } from '../../src/database/ladder.ts';
import { heldLocks } from '../../src/database/locks.ts';
import { reserve } from '../../src/database/reserve.ts';
import type { ProgressEvent } from '../../src/progress.ts';
import { contextFor, freshDatabase, migrate } from '../support/guardian.ts';

const BALANCES = 'public.organization_credits';

test('who is in the way is told before the next try, and the step goes on when it is gone', async () => {
  const { url, sql } = await freshDatabase();
  const events: ProgressEvent[] = [];
  const holder = await reserve(sql);
  await holder`begin`;
  await holder.unsafe(`select set_config('application_name', 'a long report', true) from ${BALANCES} limit 1`);
  const context = contextFor(url);
  const told = new Promise<void>(done => {
    context.progress = event => {
      events.push(event);
      if (event.event === 'blocked') done();
    };
  });
  const migrated = migrate(context, { to: '020_expand_balances' });
  await told;
  await holder`commit`;
  holder.release();
  await migrated;
  expect(events.filter(e => e.event === 'blocked').at(-1)).toMatchObject({
    step: '020_expand_balances',
    try: expect.any(Number),
    by: [
      {
        pid: expect.any(Number),
        application: 'a long report',
        age: expect.stringMatching(/^\d\d:\d\d:\d\d$/),
        query: expect.stringContaining('select set_config'),
      },
    ],
  });
  const { document } = await status(context);
  const steps = document.steps as { step: string; locks: unknown[] }[];
  expect(steps.find(s => s.step === '020_expand_balances')?.locks).toEqual([
    { table: '"public"."organization_credits"', mode: 'ACCESS EXCLUSIVE', milliseconds: expect.any(Number) },
  ]);
});

test('a row that a client keeps is named too, before the next try and when the ladder gives up', async () => {
  const { sql } = await freshDatabase();
  const holder = await reserve(sql);
  await holder`begin`;
  await holder.unsafe(`update ${BALANCES} set updated_at = now()`);
  // A copy of the same template has the same table at the same oid.
  const elsewhere = await reserve((await freshDatabase()).sql);
  await elsewhere.unsafe(`begin; update ${BALANCES} set updated_at = now()`);
  const told: { attempt: number; applications: string[] }[] = [];
  const tried = withLadder(sql, [BALANCES], tx => tx.unsafe(`update ${BALANCES} set updated_at = now()`), {
    lockTimeout: 20,
    tries: 2,
    blocked: (by, attempt) => told.push({ attempt, applications: by.map(b => b.application) }),
  });
  await expect(tried).rejects.toMatchObject({
    code: 'LOCK_TIMEOUT',
    exitCode: 4,
    details: [expect.stringMatching(/^held by pid \d+ \(test\) since 00:00:0\d: update public.organization_credits/)],
  });
  expect(told).toEqual([{ attempt: 2, applications: ['test'] }]);
  for (const session of [holder, elsewhere]) {
    await session`rollback`;
    session.release();
  }
});

test('what is held is the strongest mode, read where it is held; plain reading counts for nothing', async () => {
  const { sql } = await freshDatabase();
  const held = await sql.begin(async tx => {
    await tx.unsafe(`select from ${BALANCES}; select from public.organizations; lock table ${BALANCES} in share mode;
      select from ${BALANCES} for update`);
    return heldLocks(tx, [BALANCES, 'public.organizations']);
  });
  expect(held).toEqual([{ table: BALANCES, mode: 'SHARE' }]);
});

test('the journal holds what each step locked, how strongly and for how long, and the completion report shows it', async () => {
  const { url, sql } = await freshDatabase();
  const context = contextFor(url);
  await migrate(context);
  const rows = await sql<{ step: string; locks: { table: string; mode: string; milliseconds: number }[] }[]>`
    select data ->> 'step' as step, data -> 'locks' as locks from creditshift.journal where event = 'step' order by 1`;
  const modes = Object.fromEntries(
    rows.map(({ step, locks }) => [step, locks.map(l => `${l.table.replaceAll('"', '')} ${l.mode}`)]),
  );
  expect(modes).toEqual({
    '010_control': [],
    '015_pricing': [],
    '020_expand_balances': [`${BALANCES} ACCESS EXCLUSIVE`],
    '030_expand_actions': ['public.credit_actions ACCESS EXCLUSIVE'],
    '040_expand_log': ['public.credit_consumption_logs ACCESS EXCLUSIVE'],
    '050_functions': [],
    '055_triggers': [`${BALANCES} SHARE ROW EXCLUSIVE`],
    '060_allocate': [`${BALANCES} ROW EXCLUSIVE`],
    '070_validate': [`${BALANCES} SHARE UPDATE EXCLUSIVE`],
    '080_index': ['public.credit_consumption_logs SHARE UPDATE EXCLUSIVE'],
    '090_cutover': [`${BALANCES} SHARE ROW EXCLUSIVE`],
  });
  for (const { locks } of rows) for (const { milliseconds } of locks) expect(milliseconds).toBeGreaterThanOrEqual(0);
  const { blocks } = await report(context, { kind: 'completion' });
  const text = blocks.map(block => ('text' in block ? block.text : '')).join('\n');
  expect(text).toMatch(/\| `090_cutover` +\|.*\| `public.organization_credits` SHARE ROW EXCLUSIVE \d.* \|/);
});
