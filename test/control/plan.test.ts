import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { plan } from '../../src/commands/plan/plan.ts';
import { rollback } from '../../src/commands/rollback/rollback.ts';
import { problemOf } from '../backup/support.ts';
import { contextFor, freshDatabase, guardianYaml, migrate } from '../support/guardian.ts';

const APPROVED = `${guardianYaml}\napprovals: { migrate: 1 }\n`;
const line = (result: Awaited<ReturnType<typeof plan>>) => result.blocks.map(block => 'text' in block && block.text);

test('a saved plan is carried out as it was read, step by step, and refused with what moved, by name', async () => {
  const { url, sql } = await freshDatabase();
  const context = contextFor(url, APPROVED);
  const file = join(context.folder, 'plan.json');
  const unplanned = async (from = context, options = {}) => {
    const problem = await problemOf(migrate(from, { plan: file, approvedBy: ['Anna'], ...options }));
    expect(problem).toMatchObject({ code: 'PLAN_MOVED', exitCode: 6, next: expect.stringContaining('plan --out') });
    expect(problem.state).toContain(problem.state.includes('untouched') ? 'untouched' : 'This run changed nothing.');
    return problem.details;
  };

  const saved = await plan(context, { out: 'plan.json' });
  expect(saved.document).toMatchObject({ file });
  expect(line(saved)).toContain('Next: creditshift backup --prove, then creditshift migrate --plan plan.json');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({
    hash: saved.document.hash,
    pending: expect.arrayContaining(['090_cutover']),
    findings: expect.arrayContaining([{ name: 'plan.without-credits', rows: [expect.any(String)] }]),
  });

  await writeFile(context.configPath, APPROVED.replace('price: 19', 'price: 29'));
  expect(await unplanned()).toEqual([
    'configuration plans.starter.price: is another',
    'SQL migrations/015_pricing.sql: is another',
  ]);
  await writeFile(context.configPath, APPROVED);
  await sql`alter table organization_credits add column note text`;
  await sql`create table elsewhere (id integer)`;
  expect(await unplanned()).toEqual([
    'column public.elsewhere.1 id: is new',
    expect.stringMatching(/^column public\.organization_credits\.\d+ note: is new$/),
    'relation public.elsewhere: is new',
  ]);
  await sql`drop table elsewhere`;
  await sql`alter table organization_credits drop column note`;
  expect(await sql`select to_regnamespace('creditshift') as schema`).toEqual([{ schema: null }]);

  // Of another database it is refused by name, whatever else is the same.
  const other = await freshDatabase();
  const elsewhere = await problemOf(migrate(contextFor(other.url, APPROVED), { plan: file, approvedBy: ['Anna'] }));
  expect(elsewhere).toMatchObject({ code: 'WRONG_DATABASE', exitCode: 6, state: expect.stringContaining('untouched') });
  expect(elsewhere.message).toContain(String(saved.document.database));

  // A stage at a time, with the approval of the same hash; each goes on where the last one stopped.
  const approvedBy = [`Anna@${String(saved.document.hash).slice(0, 12)}`];
  for (const to of ['expand', 'validate']) await migrate(context, { plan: file, to, approvedBy });
  await sql`create index organization_credits_note on organization_credits (created_at)`;
  expect(await unplanned()).toEqual(['index public.organization_credits_note: is new']);
  await sql`drop index organization_credits_note`;
  expect(await unplanned(context, { to: 'harden' })).toEqual(['step 095_harden: was not planned']);
  await migrate(context, { plan: file });
  expect(await migrate(context, { plan: file })).toMatchObject({ document: { applied: [] } });
  const [journalled] =
    await sql`select count(*)::integer as n, min(data ->> 'plan') as plan from creditshift.journal where event = 'plan'`;
  expect(journalled).toEqual({ n: 3, plan: saved.document.hash });

  await rollback(context, { method: 'disable' });
  expect(await unplanned()).toEqual([expect.stringMatching(/^rollback: there was one since/)]);
  // What was planned on a database where steps were applied does not do them again.
  await migrate(context, { approvedBy: ['Anna'] });
  await plan(context, { out: 'plan.json', to: 'harden' });
  await rollback(context, { method: 'disable' });
  expect(await unplanned()).toContain('step 090_cutover: was applied then, and was undone');
});

test('what follows the credit tables is told for after the plan, and refused where a step would fail by it', async () => {
  const { url, sql } = await freshDatabase();
  await sql`create table _prisma_migrations (id text)`;
  await sql`create publication prices for table credit_actions`;
  const context = contextFor(url);
  const told = await plan(context);
  expect(told).toMatchObject({ exitCode: 0, document: { after: { rowTypes: [] } } });
  const lines = line(told);
  const after = lines.slice(lines.indexOf('After it') + 1, -1);
  expect(after).toEqual([
    expect.stringMatching(/^publication prices sends every column of "public"."credit_actions"/),
    expect.stringMatching(/^Supabase: types that supabase gen types made/),
    expect.stringMatching(/^Prisma: .*prisma db pull/),
    expect.stringMatching(/^A prepared SELECT \*/),
  ]);
  await sql`alter table credit_actions replica identity nothing`;
  expect(await problemOf(migrate(context))).toMatchObject({
    code: 'PLAN_CONFLICTS',
    details: [
      expect.stringMatching(/^REPLICA_IDENTITY: "public"."credit_actions" has no replica identity, and prices/),
    ],
  });
  await sql`alter table credit_actions replica identity full`;
  await migrate(context, { to: 'expand' });
  expect((await plan(context)).document.after).toBeUndefined();
});

test('a plan that is in the way of itself is not saved; a file that is none is refused', async () => {
  const { url } = await freshDatabase();
  const context = contextFor(
    url,
    guardianYaml.replace('free: skip', 'gratis: skip').replace(/^ {2}organizations:.*\n(?: {4}.*\n)+/m, ''),
  );
  const blocked = await plan(context, { out: 'plan.json' });
  expect(blocked).toMatchObject({ exitCode: 5 });
  expect(blocked.document).not.toHaveProperty('file');
  expect(await problemOf(migrate(context, { plan: 'plan.json' }))).toMatchObject({ code: 'USAGE', exitCode: 2 });
  for (const text of ['{}', 'select 1', '{"format": 2}']) {
    await writeFile(join(context.folder, 'plan.json'), text);
    expect(await problemOf(migrate(context, { plan: 'plan.json' })), text).toMatchObject({ code: 'USAGE' });
  }
});

test('plan --check says in a line what is pending: steps, a revision, drift; and ends with 5', async () => {
  const { url, sql } = await freshDatabase();
  const context = contextFor(url);
  const check = async (from = context) => {
    const result = await plan(from, { check: true });
    return [result.exitCode, ...line(result).map(text => String(text).replace(/^[^:]+: /, ''))];
  };
  expect(await check()).toEqual(
    [5, '11 steps pending (010_control, 015_pricing, 020_expand_balances, …).'].slice(0, 2),
  );
  await migrate(context, { to: 'index' });
  expect(await check()).toEqual([5, '1 step pending (090_cutover).']);
  await migrate(context);
  expect(await check()).toEqual([0, 'nothing is pending.']);
  const repriced = contextFor(url, guardianYaml.replace('price: 19', 'price: 29'));
  expect(await check(repriced)).toEqual([5, 'a revision is pending (plans.starter: changed).']);
  await sql`alter table organization_credits drop constraint sms_credits_within_total`;
  expect(await check()).toEqual([5, expect.stringMatching(/^drift \(schema\.limits-present: /)]);
  expect(await plan(context, { check: true })).toMatchObject({
    findings: { results: [{ outcome: 'passed' }, { outcome: 'passed' }, { name: 'pending.drift', outcome: 'failed' }] },
  });
});
