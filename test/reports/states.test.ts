import { expect, it } from 'vitest';
import { backup } from '../../src/commands/backup/backup.ts';
import { report } from '../../src/commands/report/report.ts';
import { rollback } from '../../src/commands/rollback/rollback.ts';
import { AGENZIA, contextFor, freshDatabase, guardianYaml, migrate } from '../support/guardian.ts';
import { compact, reportOf, section, walkedDatabase } from './walk.ts';

it('after disable: settled legacy balances, not complete, and the rollback’s time as measured', async () => {
  const { url } = await walkedDatabase();
  await rollback(contextFor(url), { method: 'disable' });
  const text = await reportOf(url, { kind: 'completion' });
  expect(text).toContain('| State | disabled, mode disabled since ');
  expect(text).toContain('| Verdict | not complete |');
  expect(section(text, 'Before and after')).toContain(
    '| Agenzia SEO Cagliari | starter | 99 | 200 | 150 | 1000 | 50 | 97 |',
  );
  expect(section(text, 'Ways back')).toMatch(
    /\| disable \| the cutover; pools and log stay \| 2 min \| no \| \d+\.\d+ s \| \d{4}-\S+ \|/,
  );
  expect(section(text, 'Ways back')).toContain('| 5 min | no | no | – |');
});

it('after contract the legacy balance is read from its retired column, after drop-legacy it is not given', async () => {
  const { url } = await walkedDatabase();
  await migrate(contextFor(url), { to: 'contract' });
  const retired = await reportOf(url, { kind: 'status' });
  expect(section(retired, 'Organizations')).toContain('| 199/200 | 149/150 | 1000/1000 | 50/50 | 0.67 % | 99 |');
  expect(section(retired, 'Open items')).toContain(
    'whose remaining_credits_retired is not their credits_remaining_retired',
  );

  await migrate(contextFor(url), { to: 'contract', dropLegacy: true });
  const dropped = await reportOf(url, { kind: 'status' });
  expect(section(dropped, 'Organizations')).toContain('| 199/200 | 149/150 | 1000/1000 | 50/50 | 0.67 % | – |');
});

it('a fifth pool, added after the migration, stands in every table', async () => {
  const { url, sql } = await walkedDatabase();
  const yaml = guardianYaml
    .replace(/^( {2}sms: .*)$/m, '$1\n  voice: { label: Voice, purpose: Calls, provider: Twilio }')
    .replace('sms: 50 }', 'sms: 50, voice: 30 }')
    .replace('email: 0, sms: 0.05 }', 'email: 0, sms: 0.05, voice: 0.1 }')
    .replace('email: 0.001, sms: 0.08 }', 'email: 0.001, sms: 0.08, voice: 0.2 }');
  await migrate(contextFor(url, yaml));
  await sql`select public.consume_specific_credits(${AGENZIA}::uuid, 'voice', 3, 'call')`;
  const text = await reportOf(url, { kind: 'status' }, yaml);
  expect(section(text, 'Organizations')).toContain('| 199/200 | 149/150 | 1000/1000 | 50/50 | 27/30 | 10.00 % | 99 |');
  expect(section(text, 'Pools')).toContain('| Voice | Calls | Twilio | 0.10 | no action uses it |');
  expect(section(text, 'Totals')).toContain('- Voice credits available: 27 of 30');
  // 19 − (1 + 2.355 + 0 + 2.5 + 30 × 0.1)
  expect(section(text, 'Margins')).toContain('| starter | 19.00 | 8.855 | 10.145 | 53.39 % | 70 % | missed |');
});

it('names the proved backup from before the first step', async () => {
  const { url } = await freshDatabase();
  const context = contextFor(url);
  await backup(context);
  await migrate(context);
  const { blocks } = await report(context, { kind: 'completion' });
  const text = blocks[0]?.kind === 'verbatim' ? compact(blocks[0].text) : '';
  expect(section(text, 'Ways back')).toMatch(/\| `\S*creditshift-backups\S+` \| \d{4}-\S+ \| \d+ \| \d+ \|/);
});
