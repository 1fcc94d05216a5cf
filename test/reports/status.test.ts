import { expect, it } from 'vitest';
import { AGENZIA } from '../support/guardian.ts';
import { reportOf, section, walkedDatabase } from './walk.ts';

it('shows Guardian after the acceptance walk to the last credit', async () => {
  const { url } = await walkedDatabase();
  const text = await reportOf(url, { kind: 'status' });

  expect(text).toMatch(/^\| Time \| \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d \|$/m);
  expect(text).toContain('| State | cut over, mode live since ');
  const organizations = section(text, 'Organizations');
  expect(organizations).toContain(
    '| Agenzia SEO Cagliari | starter | 199/200 | 149/150 | 1000/1000 | 50/50 | 0.67 % | 99 |\n' +
      '| System Admin | premium | 1500/1500 | 1200/1200 | 19999/20000 | 500/500 | 0.01 % | 995 |\n',
  );
  expect(section(text, 'Totals').split('\n')).toEqual([
    '- Organizations with a credits row: 2',
    '- AI credits available: 1,699 of 1,700',
    '- WhatsApp credits available: 1,349 of 1,350',
    '- Email credits available: 20,999 of 21,000',
    '- SMS credits available: 550 of 550',
  ]);
  expect(section(text, 'Pools')).toContain(
    '| AI | AI chat, assistant, form generation, automation | Google Gemini Flash-Lite | 0.005 | 1–5 |\n' +
      '| WhatsApp | WhatsApp messaging | Twilio | 0.0157 | 1 |\n' +
      '| Email | Email sending, bulk email | Brevo | 0.00 | 1–10 |\n',
  );
  expect(section(text, 'Actions')).toContain('| `bulk_email` | 0 | 0 | 10 | 0 | 10 | Bulk email campaign |');
  expect(section(text, 'Margins')).toContain('| starter | 19.00 | 5.855 | 13.145 | 69.18 % | 70 % | missed |');
  expect(section(text, 'Margins')).toContain('| premium | 149.00 | 150.00 | −1.00 | −0.67 % | 70 % | missed |');
  expect(section(text, 'Open items')).toContain('Absolute Victory');
});

it('counts the columns that the catalog has, not those of the documents', async () => {
  const { url, sql } = await walkedDatabase();
  await sql`alter table public.organization_credits add column note text`;
  const architecture = section(await reportOf(url, { kind: 'status' }), 'Architecture');
  expect(architecture).toMatch(
    /^\| `public\.organization_credits` \| 26 \| `last_sequence`.*`sms_credits_total`, `note` \|$/m,
  );
  expect(architecture).toContain(
    '| `creditshift_aside.consume_credits_rpc(p_organization_id uuid, p_action_type text)` | yes | none |',
  );
  expect(architecture).toMatch(/`public\.consume_credits_rpc\(.*\)` \| yes \| authenticated, service_role \|/);
});

it('shows charges and refusals of the window, and no others', async () => {
  const { url, sql } = await walkedDatabase();
  const before = section(await reportOf(url, { kind: 'status' }), 'Activity of the last 2h');
  expect(before).toContain('Charges: 3. Refusals: 1.');
  expect(before).toMatch(/\| Agenzia SEO Cagliari \| `ai_chat` \| 1000 \| 0 \| 0 \| 0 \| 0 \| INSUFFICIENT_CREDITS \|/);
  expect(before).toMatch(/\| System Admin \| `email_send` \| 1 \| 0 \| 0 \| 1 \| 0 \| success \|/);

  await sql.begin(async tx => {
    await tx`alter table public.credit_consumption_logs disable trigger creditshift_append_only`;
    await tx`update public.credit_consumption_logs set created_at = now() - interval '3 hours' where action_type = 'ai_chat'`;
    await tx`alter table public.credit_consumption_logs enable always trigger creditshift_append_only`;
  });
  const after = section(await reportOf(url, { kind: 'status' }), 'Activity of the last 2h');
  expect(after).toContain('Charges: 2. Refusals: 0.');
  expect(after).not.toContain('ai_chat');
  expect(section(await reportOf(url, { kind: 'status', window: '1d' }), 'Activity of the last 1d')).toContain(
    'Charges: 3. Refusals: 1.',
  );
});

it('a figure is the database’s, or it is not there: a changed row changes the report and fails its check', async () => {
  const { url, sql } = await walkedDatabase();
  await sql`update public.organization_credits set ai_credits_available = 150 where organization_id = ${AGENZIA}`;
  await sql`update creditshift.plans set price = 20 where plan = 'starter'`;
  const text = await reportOf(url, { kind: 'status' });
  expect(section(text, 'Totals')).toContain('AI credits available: 1,650 of 1,700');
  expect(section(text, 'Organizations')).toContain('| Agenzia SEO Cagliari | starter | 150/200 |');
  expect(section(text, 'Organizations')).toContain('| 25.00 % |');
  expect(section(text, 'Margins')).toContain('| starter | 20.00 | 5.855 | 14.145 | 70.73 % | 70 % | reached |');
  expect(section(text, 'Readiness')).toMatch(/- \[ \] checks of ledger: \d of \d passed/);
  expect(section(text, 'Open items')).toContain('ledger.equation failed');
});

it('shows an unlimited pool as unlimited and keeps it out of the sums', async () => {
  const { url, sql } = await walkedDatabase();
  await sql`update public.organization_credits set sms_credits_total = 2147483647, sms_credits_available = 2147483640 where organization_id = ${AGENZIA}`;
  const text = await reportOf(url, { kind: 'status' });
  expect(section(text, 'Organizations')).toContain('| 199/200 | 149/150 | 1000/1000 | unlimited |');
  expect(section(text, 'Totals')).toContain('- SMS credits available: 500 of 500; unlimited for 1 organizations more');
});
