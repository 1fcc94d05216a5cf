import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { report } from '../../src/commands/report/report.ts';
import { contextFor, freshDatabase } from '../support/guardian.ts';
import { migrateTo } from '../support/migrated.ts';
import { compact, reportOf, section, walkedDatabase } from './walk.ts';

it('tells what Guardian had and got, and each call of the walk with its answer and delta', async () => {
  const { url } = await walkedDatabase();
  const text = await reportOf(url, { kind: 'completion' });

  expect(text).toMatch(
    /\| Verdict \| complete: cut over; of (\d+) checks executed now \d+ passed, 4 warn, 2 had nothing to judge by, none failed; \d+ were not executed \|/,
  );
  expect(section(text, 'Before and after')).toContain(
    '| Agenzia SEO Cagliari | starter | 99 | 200 | 150 | 1000 | 50 | 99 |\n' +
      '| System Admin | premium | 995 | 1500 | 1200 | 20000 | 500 | 995 |\n',
  );
  const checks = section(text, 'Checks').replaceAll(/\| \d{4}-\S+ /g, '');
  expect(checks).toContain(
    '| Agenzia SEO Cagliari | `ai_chat` × 1 | success, AI 199 remaining | AI 200 → 199 |\n' +
      '| Agenzia SEO Cagliari | `whatsapp_message` × 1 | success, WhatsApp 149 remaining | WhatsApp 150 → 149 |\n' +
      '| System Admin | `email_send` × 1 | success, Email 19999 remaining | Email 20000 → 19999 |\n' +
      '| Agenzia SEO Cagliari | `ai_chat` × 1000 | refused, INSUFFICIENT_CREDITS, AI 199 available | none |\n',
  );
  expect(checks).toContain('Credits available now: AI 1,699, WhatsApp 1,349, Email 20,999, SMS 550.');
  const changed = section(text, 'What changed');
  expect(changed).toContain('| – | function | removed | `public.consume_credits_rpc(uuid,text)` |');
  expect(changed).toContain(
    '| `public.credit_actions` | column | added | `ai_credits_required`, `whatsapp_credits_required`, `email_credits_required`, `sms_credits_required` |',
  );
  expect(section(text, 'Plans')).toContain('| custom | no public price | 40 % of total, at least 500 |');
  expect(section(text, 'Margins')).toContain(
    'without SMS, starter would show 82.34 % and reach the target; with every pool it is 69.18 %.',
  );
  expect(section(text, 'Ways back')).toContain('| disable | the cutover; pools and log stay | 2 min | no | no | – |');
  expect(text).not.toMatch(/exceptional|excellent|successful|🎉|✅/i);
});

it('takes durations from the journal, and gives none that it does not hold', async () => {
  const { url, sql } = await walkedDatabase();
  const measured = section(await reportOf(url, { kind: 'completion' }), 'Times');
  expect(measured).toMatch(/^\| schema \| 15 min \| \d\.\d{3} s \| [\d.e-]+ % \|$/m);
  expect(measured).toMatch(
    /^\| `090_cutover` \| cutover \| \S+ \| \d\.\d{3} s \| 1 \| \d\.\d{3} s \| – \| `public.organization_credits` SHARE ROW EXCLUSIVE \d\.\d{3} s \|$/m,
  );

  await sql`update creditshift.journal set data = data || '{"milliseconds": 1080000}' where data ->> 'step' = '020_expand_balances'`;
  const slow = await reportOf(url, { kind: 'completion' });
  expect(section(slow, 'Times')).toContain('| schema | 15 min | 18 min | 120 % |');
  expect(section(slow, 'Observations')).toContain('Parts that took longer than planned: 1, schema');

  await sql`delete from creditshift.journal where data ->> 'step' = '020_expand_balances'`;
  const times = section(await reportOf(url, { kind: 'completion' }), 'Times');
  expect(times).toContain('| schema | 15 min | not measured | – |');
  expect(times).toContain('| total | 75 min | not measured | – |');
});

it('does not call complete what is not cut over, or fails a check', async () => {
  const { url, sql } = await freshDatabase();
  await migrateTo(sql, 'index');
  const partial = await reportOf(url, { kind: 'completion' });
  expect(partial).toContain('| Verdict | not complete |');
  expect(partial).toContain('- pending steps: 090_cutover');
  expect(partial).toContain('- the mode is legacy: the new functions do not charge');
  expect(section(partial, 'Checks')).toContain('The log holds no call yet.');

  const walked = await walkedDatabase();
  await walked.sql`update public.organization_credits set ai_credits_available = 150`;
  const broken = await reportOf(walked.url, { kind: 'completion' });
  expect(broken).toContain('| Verdict | not complete |');
  expect(section(broken, 'Checklist')).toContain('- [ ] `ledger.equation`');
});

it('quotes a person’s notes and says that nothing checked them', async () => {
  const { url } = await walkedDatabase();
  const context = contextFor(url);
  writeFileSync(join(context.folder, 'notes.txt'), 'CLI login failed.\n\n# Used psql instead.\n');
  const { blocks } = await report(context, { kind: 'completion', notes: 'notes.txt' });
  const text = blocks[0]?.kind === 'verbatim' ? compact(blocks[0].text) : '';
  expect(section(text, 'Observations')).toContain(
    'Notes of a person, from `notes.txt`; nothing here checked them:\n\n> CLI login failed.\n>\n> # Used psql instead.',
  );
});
