import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { report } from '../../src/commands/report/report.ts';
import { AGENZIA, contextFor, freshDatabase } from '../support/guardian.ts';
import { migrateTo } from '../support/migrated.ts';
import { compact, reportOf, section, walkedDatabase } from './walk.ts';

const KINDS = ['completion', 'status'] as const;

describe.each(KINDS)('the %s report', kind => {
  it('writes nothing: it works where the server takes no write of it', async () => {
    const { url, sql } = await walkedDatabase();
    const [database] = await sql<{ name: string }[]>`select quote_ident(current_database()) as name`;
    await sql.unsafe(`alter database ${database?.name} set default_transaction_read_only = on`);
    await expect(reportOf(url, { kind })).resolves.toContain('mode live');
  });

  it('keeps its tables whole whatever an organization is called', async () => {
    const { url, sql } = await walkedDatabase();
    await sql`update public.organizations set name = ${'a|b <b>\n*c* \\| `d`'} where id = ${AGENZIA}`;
    const text = await reportOf(url, { kind });
    expect(text).toContain('| a\\|b &lt;b&gt; \\*c\\* \\\\\\| \\`d\\` | starter |');
    expect(text).not.toContain('<b>');
    for (const table of text.match(/(?:^\|.*\|\n)+/gm) ?? []) {
      const widths = new Set(
        table
          .trimEnd()
          .split('\n')
          .map(row => row.match(/(?<!\\)(?:\\\\)*\|/g)?.length),
      );
      expect([...widths], table).toHaveLength(1);
    }
  });

  it('refuses a database without pools and says what to do', async () => {
    const { url } = await freshDatabase();
    await expect(report(contextFor(url), { kind })).rejects.toMatchObject({
      code: 'NOT_CUT_OVER',
      next: expect.stringContaining('creditshift'),
    });
  });
});

it('writes the file, and beside it every organization where they are more than 20', async () => {
  const { url, sql } = await freshDatabase();
  await sql`insert into public.organizations (name, slug) select case n when 7 then '=cmd|"x"' else 'org ' || n end, 'org-' || n from generate_series(1, 30) as n`;
  await sql`insert into public.organization_credits (organization_id, plan_name, total_credits, credits_remaining)
            select id, 'starter', 100, 90 from public.organizations where slug like 'org-%'`;
  await migrateTo(sql);
  await sql`select public.consume_credits_rpc(id, 'form_generation', 4) from public.organizations where slug = 'org-29'`;
  const context = contextFor(url);
  const { blocks, document } = await report(context, { kind: 'status', out: 'status.md' });

  const files = readdirSync(context.folder).filter(file => file.startsWith('status'));
  expect(files.sort()).toEqual(['status-organizations.csv', 'status.md']);
  expect(document.files).toEqual([join(context.folder, 'status.md'), join(context.folder, 'status-organizations.csv')]);
  expect(blocks.map(block => 'text' in block && block.text)).toEqual([
    `Wrote ${join(context.folder, 'status.md')}.`,
    `Wrote ${join(context.folder, 'status-organizations.csv')}.`,
  ]);
  const organizations = section(compact(readFileSync(join(context.folder, 'status.md'), 'utf8')), 'Organizations');
  expect(organizations.match(/^\| (org|=cmd)/gm)?.length).toBeLessThanOrEqual(20);
  expect(organizations).toContain('| org 29 | starter | 180/200 | 150/150 | 1000/1000 | 50/50 | 10.00 % | 90 |');
  expect(organizations).toContain('The 20 most used of 32. All of them: `status-organizations.csv`.');
  expect(organizations).toContain('| starter | 31 | 6180/6200 |');
  const csv = readFileSync(join(context.folder, 'status-organizations.csv'), 'utf8').trimEnd().split('\r\n');
  expect(csv).toHaveLength(33);
  expect(csv[0]).toMatch(
    /^organization,name,plan,most_used_percent,legacy_before,legacy_now,ai_available,ai_total,ai_allocated,/,
  );
  expect(csv[1]).toMatch(/,org 29,starter,10.00,90,90,180,200,200,150,150,150,1000,1000,1000,50,50,50$/);
  expect(csv.some(line => line.includes(`,"'=cmd|""x""",starter,`))).toBe(true);
});

it('a wrong window, unreadable notes and an unwritable file are one clear problem each', async () => {
  const { url } = await walkedDatabase();
  const context = contextFor(url);
  const problem = { code: 'USAGE', state: 'The database is untouched by this run.' };
  await expect(report(context, { kind: 'status', window: 'yesterday' })).rejects.toMatchObject(problem);
  await expect(report(context, { kind: 'completion', notes: 'none.txt' })).rejects.toMatchObject(problem);
  await expect(report(context, { kind: 'status', out: 'no/folder/status.md' })).rejects.toMatchObject(problem);
});
