import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { init } from '../../src/commands/init.ts';
import { inspect } from '../../src/commands/inspect.ts';
import { plan } from '../../src/commands/plan/plan.ts';
import { loadConfig } from '../../src/config/load.ts';
import { MARK } from '../../src/config/marks.ts';
import { freshDatabase, guardianConfig, guardianYaml, migrate } from '../support/guardian.ts';
import { filledIn, layout, load, unconfigured, written } from './layouts.ts';

/** What the owner of Guardian fills in. */
const GUARDIAN = {
  balance: 'credits_remaining',
  pools: '{ ai: {}, whatsapp: {}, email: {}, sms: {} }',
  ai_assistant: '{ ai: 1 }',
  ai_chat: '{ ai: 1 }',
  automation_run: '{ ai: 2 }',
  bulk_email: '{ email: 10 }',
  email_send: '{ email: 1 }',
  form_generation: '{ ai: 5 }',
  sms_send: '{ sms: 1 }',
  whatsapp_message: '{ whatsapp: 1 }',
  free: '{ grant: { ai: 10, whatsapp: 10, email: 10, sms: 10 } }',
};

test('of Guardian it finds what the reference says by hand, and marks what only its owner knows', async () => {
  const { url } = await freshDatabase();
  const context = unconfigured(url);
  const text = await written(context);
  writeFileSync(context.configPath, filledIn(text, GUARDIAN));
  const { tenants, balances, actions, log, functions } = guardianConfig();
  expect(await loadConfig(context.configPath)).toMatchObject({ tenants, balances, actions, log, functions });
  expect(text).toContain('# remaining_credits differs from credits_remaining in 2 of 2 rows.');
  expect(text).toContain('# total_credits - used_credits differs from credits_remaining in 2 of 2 rows.');
  expect(text).toMatch(/# email: +\{\} +# bulk_email, email_send$/m);
});

test('a marked line is refused by what loads the file, with its number and its question', async () => {
  const { url } = await freshDatabase();
  const context = unconfigured(url);
  const { document } = await init(context, {});
  const text = readFileSync(context.configPath, 'utf8');
  const lineOf = (start: string) => text.split('\n').findIndex(line => line.trim().startsWith(start)) + 1;
  for (const command of [plan, migrate, inspect]) {
    await expect(command(context), command.name).rejects.toMatchObject({
      code: 'CONFIG_INCOMPLETE',
      exitCode: 2,
      message: expect.stringContaining('has 11 lines to fill in'),
      details: expect.arrayContaining([
        expect.stringMatching(
          `:${lineOf('balance:')} {2}balance: ${MARK} # Which is the balance: credits_remaining or`,
        ),
        expect.stringMatching(`:${lineOf('pools:')} {2}pools: ${MARK} # which pools`),
      ]),
    });
  }
  expect(document.marked).toHaveLength(11);
});

test('what is answered on a terminal is not marked, and the file is whole', async () => {
  const { url } = await freshDatabase();
  const asked: string[] = [];
  const answers: [RegExp, string][] = [
    [/Which is the balance/, 'credits_remaining'],
    [/Which pools/, 'ai, email, sms'],
    [/one email_send|one bulk_email/, 'email 1'],
    [/one sms_send/, 'sms 1, email 1'],
    [/What does one/, 'ai 2'],
    [/plan free/, 'ai 10, email 20, sms 0'],
  ];
  const context = {
    ...unconfigured(url),
    ask: async (question: string) => {
      asked.push(question);
      return answers.find(([pattern]) => pattern.test(question))?.[1];
    },
  };
  await init(context, {});
  const { pools, catalogue, plans, balances } = await loadConfig(context.configPath);
  expect(Object.keys(pools)).toEqual(['ai', 'email', 'sms']);
  expect(catalogue.sms_send).toMatchObject({ legacyCost: 2, pools: { sms: 1, email: 1 } });
  expect(plans).toMatchObject({ free: { grant: { ai: 10, email: 20, sms: 0 } } });
  expect(balances.legacy.balance).toBe('credits_remaining');
  expect(asked[0]).toContain('remaining_credits differs from credits_remaining in 2 of 2 rows.');
  expect(asked).toHaveLength(11);
});

test('a file that is there stays, and nothing is asked', async () => {
  const { url } = await freshDatabase();
  const context = unconfigured(url);
  writeFileSync(context.configPath, guardianYaml);
  const ask = () => Promise.reject(new Error('asked'));
  await expect(init({ ...context, ask }, {})).rejects.toMatchObject({ code: 'CONFIG_EXISTS' });
  expect(readFileSync(context.configPath, 'utf8')).toBe(guardianYaml);
});

test.each([
  ['an empty database', '', ['there is no table at all']],
  [
    'tables without a balance',
    `create table posts (id bigint primary key, title text, rank integer);
     create table plans (id bigint primary key, name text, credits integer, price numeric);
     create table credit_log (user_id bigint, action text, credits integer, amount integer, created_at timestamptz)`,
    ['looked at 3 tables', expect.stringContaining('there: table public.credit_log')],
  ],
])('%s: it says what it looked for', async (_, sql, says) => {
  const { url, context } = await layout();
  await load(url, sql);
  await expect(init(context, {})).rejects.toMatchObject({
    code: 'BALANCE_NOT_FOUND',
    details: expect.arrayContaining([...says, expect.stringContaining('looked for: an exact number called credits')]),
  });
});

/** What is there besides a plain table of balances, and the line that it leaves open. */
const OPEN: Record<string, [string, RegExp]> = {
  'two columns that disagree': [
    `alter table credit_accounts add tokens_left integer default 3; insert into credit_accounts values (1, 5, 3)`,
    /^ {4}balance: FILL_IN .*tokens_left or balance\?|^ {4}balance: FILL_IN .*balance or tokens_left\?/m,
  ],
  'two columns that agree': [
    `alter table credit_accounts add tokens_left integer default 5; insert into credit_accounts values (1, 5, 5)`,
    /^ {4}# tokens_left says the same in all 1 rows\.\n {4}balance: balance /m,
  ],
  'two tables': [
    `create table wallets (user_id bigint primary key references users, credits integer)`,
    /^ {2}table: FILL_IN .*public\.credit_accounts or public\.wallets\?/m,
  ],
  'two functions that spend': [
    `create function spend(user_id bigint, action text) returns json language sql as 'update credit_accounts set balance = balance - 1 returning null::json';
     create function burn(user_id bigint, action text) returns json language sql as 'update credit_accounts set balance = balance - 2 returning null::json'`,
    /^ {4}legacy: FILL_IN .*burn\(bigint, text\) or public\.spend\(bigint, text\)\?/m,
  ],
  'a backend, or not': [
    'grant update on credit_accounts to service_role, pg_write_all_data',
    /^ {2}actForAll: FILL_IN .*pg_write_all_data may write every balance today/m,
  ],
  'a generated column': [
    `alter table credit_accounts rename balance to credits_total; alter table credit_accounts add credits_left integer generated always as (credits_total) stored`,
    /^ {4}balance: FILL_IN .*no number here can be it/m,
  ],
};

test.each(Object.entries(OPEN))('%s: the line says so', async (_, [sql, line]) => {
  const { url, context } = await layout();
  await load(
    url,
    `create table users (id bigint primary key, email text);
     create table credit_accounts (user_id bigint primary key references users, balance integer);
     insert into users values (1, 'ada@example.test'); ${sql}`,
  );
  expect(await written(context)).toMatch(line);
});

test('among many tables it finds the one', async () => {
  const { url, context } = await layout('users-credits');
  await load(
    url,
    `do $$ begin
       for n in 1 .. 300 loop
         execute format('create table many_%s (id bigint primary key, user_id text, title text, rank integer, at timestamptz)', n);
       end loop;
     end $$`,
  );
  expect(await written(context)).toContain('table: public.users ');
});
