import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { rollback } from '../../src/commands/rollback/rollback.ts';
import { verify } from '../../src/commands/verify.ts';
import type { Sql } from '../../src/database/connect.ts';
import { reserve } from '../../src/database/reserve.ts';
import type { ProgressEvent } from '../../src/progress.ts';
import { contextFor, freshDatabase, guardianYaml, migrate } from '../support/guardian.ts';

/** A hook that keeps what it is told, says one word, and ends as its second argument says. */
const KEEP = `
const { appendFileSync, readFileSync } = require('node:fs');
const [, , words, exit] = process.argv;
appendFileSync('told.jsonl', JSON.stringify({ words, ...JSON.parse(readFileSync(0, 'utf8')) }) + '\\n');
console.error('said: ' + words + ' ' + (process.env.PGPASSWORD ?? ''));
process.exit(Number(exit ?? 0));`;

/** A context whose hooks keep what they are told, and that; `exits` gives the exit code of some. */
function withHooks(
  url: string,
  names: readonly string[],
  exits: Record<string, number> = {},
  others: object = {},
  expected = {},
) {
  const run = (name: string) => [process.execPath, 'keep.cjs', `${name} $(touch pwned)`, String(exits[name] ?? 0)];
  const kept = Object.fromEntries(names.map(name => [name, { run: run(name) }]));
  const yaml = guardianYaml.replace(/^expected:.*$/m, '');
  const context = contextFor(url, `${yaml}\n${stringify({ hooks: { ...kept, ...others }, expected })}`);
  writeFileSync(join(context.folder, 'keep.cjs'), KEEP);
  writeFileSync(join(context.folder, 'told.jsonl'), '');
  const events: ProgressEvent[] = [];
  context.progress = event => events.push(event);
  const told = (): Record<string, unknown>[] =>
    readFileSync(join(context.folder, 'told.jsonl'), 'utf8')
      .split('\n')
      .filter(line => line !== '')
      .map(line => JSON.parse(line));
  return { context, told, events };
}

const ALL = ['start', 'progress', 'before-cutover', 'after-cutover', 'after-rollback', 'overdue', 'failed'];
const journalled = (sql: Sql) => sql<{ data: Record<string, unknown> }[]>`
  select data from creditshift.journal where event = 'hook' order by position`;

test('each moment is told as JSON on stdin, without a shell, and journalled with exit code and duration', async () => {
  const { url, sql } = await freshDatabase();
  const { context, told } = withHooks(url, ALL);
  await migrate(context);
  const [{ run }] = await sql<[{ run: string }]>`select run from creditshift.runs`;
  const common = { database: new URL(url).pathname.slice(1), run, command: 'migrate', at: expect.any(String) };
  expect(told()).toEqual([
    { ...common, event: 'start', words: 'start $(touch pwned)' },
    {
      ...common,
      event: 'progress',
      words: 'progress $(touch pwned)',
      step: '060_allocate',
      percent: 75,
      rows: 2,
      total: 2,
      perSecond: expect.any(Number),
      secondsLeft: 0,
    },
    { ...common, event: 'before-cutover', words: 'before-cutover $(touch pwned)', step: '090_cutover' },
    { ...common, event: 'after-cutover', words: 'after-cutover $(touch pwned)', step: '090_cutover' },
  ]);
  expect((await journalled(sql)).map(row => row.data)).toEqual(
    ['start', 'progress', 'before-cutover', 'after-cutover'].map(hook => ({
      hook,
      exit: 0,
      timedOut: false,
      milliseconds: expect.any(Number),
    })),
  );
  expect((await verify(context, { only: 'ledger.journal-chain' })).exitCode).toBe(0);
  // Words of a hook may be nobody else's business.
  expect(await sql`select config -> 'hooks' as hooks from creditshift.revisions`).toEqual([{ hooks: null }]);

  await rollback(context, { method: 'drop' });
  expect(told().slice(4)).toMatchObject([
    { event: 'start', command: 'rollback drop' },
    { event: 'after-rollback', command: 'rollback drop', method: 'drop' },
  ]);
});

test('a before-cutover hook that fails stops the cutover, charges go on as before, and the next migrate tries it again', async () => {
  const { url, sql } = await freshDatabase();
  const { context, told, events } = withHooks(url, ALL, { 'before-cutover': 3 });
  await expect(migrate(context)).rejects.toMatchObject({ code: 'HOOK_FAILED', exitCode: 6 });
  expect(await sql`select mode from creditshift.control`).toEqual([{ mode: 'legacy' }]);
  expect(told().slice(-2)).toMatchObject([
    { event: 'before-cutover' },
    { event: 'failed', code: 'HOOK_FAILED', message: expect.any(String), next: expect.any(String) },
  ]);
  expect(events).toContainEqual(
    expect.objectContaining({
      event: 'hook',
      hook: 'before-cutover',
      exit: 3,
      output: expect.stringContaining('said:'),
    }),
  );
  const again = withHooks(url, ALL);
  await migrate(again.context);
  expect(again.told().map(({ event }) => event)).toEqual(['start', 'before-cutover', 'after-cutover']);
  expect(await sql`select mode from creditshift.control`).toEqual([{ mode: 'live' }]);
});

test('any other hook that fails, is missing or hangs is told of and journalled, and the run goes on', async () => {
  const { url, sql } = await freshDatabase();
  const hang = { run: ['/bin/sh', '-c', "trap '' TERM; sleep 1000 & wait; wait"], timeout: 0.2 };
  const others = { 'after-cutover': hang, progress: { run: ['./is-not-there'] } };
  const { context, events } = withHooks(url, ['start'], { start: 7 }, others);
  await migrate(context);
  expect((await journalled(sql)).map(row => row.data)).toMatchObject([
    { hook: 'start', exit: 7, output: expect.stringContaining('said: start') },
    { hook: 'progress', exit: null, output: expect.stringContaining('ENOENT') },
    { hook: 'after-cutover', exit: null, timedOut: true },
  ]);
  expect(events.filter(event => event.event === 'hook')).toHaveLength(3);
  expect(await sql`select mode from creditshift.control`).toEqual([{ mode: 'live' }]);
});

test('a hook gets the environment that creditshift got, and what it writes is shown without passwords, its end only', async () => {
  const { url, sql } = await freshDatabase();
  const { context, events } = withHooks(url, ['start'], { start: 1 });
  const noisy = KEEP.replace(
    'process.exit',
    "console.log('x'.repeat(100_000) + ' postgres://u:s3cret@h/d'); process.exit",
  );
  writeFileSync(join(context.folder, 'keep.cjs'), noisy);
  const environment = { PGPASSWORD: 'pa$$word' };
  await migrate({ ...context, target: { url, environment } }, { to: 'control' });
  const [event] = events.filter(e => e.event === 'hook');
  expect(event?.output.length).toBeLessThanOrEqual(4000);
  expect(event?.output).toMatch(/x postgres:\/\/u:\*\*\*@h\/d\n$/);
  const quiet = withHooks(url, ['start'], { start: 1 });
  await migrate({ ...quiet.context, target: { url, environment } }, { to: 'expand' });
  const shown = JSON.stringify([quiet.events, await journalled(sql)]);
  expect(shown).toContain('said: start $(touch pwned) ***');
  expect(shown).not.toContain('pa$$word');
});

test('a step that takes more than 150 % of its planned time is overdue, once', async () => {
  const { url, sql } = await freshDatabase();
  const { context, told } = withHooks(url, ['overdue'], {}, {}, { schema: 0.001, actions: 60 });
  const holder = await reserve(sql);
  await holder.unsafe('begin; lock table public.organization_credits in access share mode');
  const show = context.progress;
  let released: Promise<void> | undefined;
  const release = async () => {
    await holder`commit`;
    holder.release();
  };
  context.progress = event => {
    show(event);
    if (event.event === 'hook') released ??= release();
  };
  await migrate(context, { to: '030_expand_actions' });
  await released;
  expect(told()).toMatchObject([{ event: 'overdue', step: '020_expand_balances', expectedMinutes: 0.001 }]);
});

test('a rehearsal runs no hooks', async () => {
  const { url } = await freshDatabase();
  const { context, told } = withHooks(url, ALL);
  await migrate({ ...context, rehearsal: true });
  expect(told()).toEqual([]);
});
