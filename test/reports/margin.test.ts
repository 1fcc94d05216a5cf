import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Big from 'big.js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { report } from '../../src/commands/report/report.ts';
import { changeOf, largestAllocation, priceThatHolds } from '../../src/reports/hold-target.ts';
import { AGENZIA, contextFor } from '../support/guardian.ts';
import { sharedDatabase } from '../support/migrated.ts';
import { reportOf, section, walk } from './walk.ts';

let shared: Awaited<ReturnType<typeof sharedDatabase>>;
beforeAll(async () => {
  shared = await sharedDatabase();
  await walk(shared.sql);
});
afterAll(() => shared.drop());

const STATUS = { ai: 0.005, whatsapp: 0.0157, email: 0, sms: 0.05 };
const starter = {
  plan: 'starter',
  unfixed: null,
  price: '19',
  credits: { ai: '200', whatsapp: '150', email: '1000', sms: '50' },
};

it('a price that holds the target holds it to the last decimal, and a cent less does not', () => {
  const price = (cost: string, target: number) => priceThatHolds(new Big(cost), target)?.toString();
  expect([price('5.855', 70), price('51.34', 70), price('30', 70)]).toEqual(['19.52', '171.14', '100']);
  // A quotient of 20 decimals is 30.3 exactly here, and what it was rounded from is more.
  expect(price('9.0900000000000000000000000001', 70)).toBe('30.31');
  expect([price('1', 100), price('0', 100), price('10', -100)]).toEqual([undefined, '0', '5']);
});

it('the largest allocation holds the target to the last credit', () => {
  const most = (price: string, others: string, unit: string) =>
    largestAllocation(new Big(price), new Big(others), new Big(unit), 70).toString();
  expect([most('19', '3.355', '0.05'), most('100', '0', '0.3')]).toEqual(['46', '100']);
  expect(most('10', '0', '0.0300000000000000000000000000001')).toBe('99');
  expect([most('19', '5.7', '0'), most('19', '5.7', '1'), most('19', '5.8', '1')]).toEqual(['any', '0', 'none']);
  expect(changeOf(starter, STATUS, 70)?.pools.map(pool => pool.most.toString())).toEqual(['169', '140', 'none', '46']);
  expect(changeOf(starter, { ai: 0.005 }, 70)).toBeUndefined();
  expect(changeOf({ ...starter, unfixed: 'split' }, STATUS, 70)).toBeUndefined();
});

it('says of each cost table what plans, pools and organizations earn, and what would hold the targets', async () => {
  const text = await reportOf(shared.url, { kind: 'margin' });
  const status = section(text, 'Unit costs: status-report \\(the default\\)');
  expect(status).toContain('| starter | 19.00 | 5.855 | 13.145 | 69.18 % | 70 % | missed |');
  expect(status).toContain(
    '| starter | 70 % | missed | 19.00 | 19.52 | 200 → 169 | 150 → 140 | 1,000 → none | 50 → 46 |\n' +
      '| professional | 70 % | reached | 39.00 | 22.37 | 400 → 1,398 | 300 → 617 | 3,000 → any | 0 → 99 |\n' +
      '| premium | 70 % | missed | 149.00 | 171.14 | 1,500 → 172 | 1,200 → 777 | 20,000 → none | 500 → 367 |\n',
  );
  expect(status).toContain(
    'are at 65.96 % against 82 %: prices of 168.00 in all would have to be 317.75, or costs of 57.195 no more than 30.24.',
  );
  expect(status).toContain('| SMS | 0.05 | 550 | 27.50 | 16.37 % | 0 | 0.00 | 0.00 % |');
  expect(status).toContain(
    '| Agenzia SEO Cagliari | starter | 1 | 19.00 | 5.855 | 69.18 % | 0.0207 | 99.89 % | reached |\n' +
      '| System Admin | premium | 1 | 149.00 | 51.34 | 65.54 % | 0.00 | 100.00 % | reached |',
  );
  const completion = section(text, 'Unit costs: completion-report');
  expect(completion).toContain(
    '| premium | 70 % | missed | 149.00 | 500.00 | 1,500 → none | 1,200 → none | 20,000 → none | 500 → none |',
  );
  expect(completion).toContain('| SMS | 0.08 | 0.50 | 84.00 % |');
});

it('counts a price for each cycle, and writes every organization beside the file where they are many', async () => {
  const { sql, url } = shared;
  await sql`select public.reset_cycle(${AGENZIA}::uuid, current_date)`;
  const text = await reportOf(url, { kind: 'margin' });
  expect(text).toContain(
    '| Agenzia SEO Cagliari | starter | 2 | 38.00 | 5.855 | 69.18 % | 0.0207 | 99.95 % | reached |',
  );
  expect(text).toContain('| starter | 1 | 38.00 | 0.0207 | 37.9793 | 99.95 % | 70 % | reached |');

  await sql`insert into public.organizations (name, slug) select 'org ' || n, 'org-' || n from generate_series(1, 30) as n`;
  await sql`insert into public.organization_credits (organization_id, plan_name, total_credits, credits_remaining)
            select id, 'starter', 100, 90 from public.organizations where slug like 'org-%'`;
  await sql`update public.organization_credits set sms_credits_total = 2147483647 where organization_id in (select id from public.organizations where slug = 'org-7')`;
  const context = contextFor(url);
  const { document } = await report(context, { kind: 'margin', out: 'margin.md' });
  expect(document.files).toEqual(['margin.md', 'margin-organizations.csv'].map(file => join(context.folder, file)));
  const csv = readFileSync(join(context.folder, 'margin-organizations.csv'), 'utf8').split('\r\n');
  expect(csv).toHaveLength(34);
  expect(csv[0]).toContain('price,cycles,ai_total,ai_charged');
  expect(csv.find(line => line.includes('Agenzia'))).toContain(
    'starter,19,2,200,1,150,1,1000,0,50,0,5.855,69.1842,0.0207,99.9455,16.5,13.1579,0.07,99.8158',
  );
  expect(csv.find(line => line.includes(',org 7,'))).toContain(
    ',starter,19,1,200,0,150,0,1000,0,2147483647,0,,,0,100.0000,',
  );
  expect(document).toMatchObject({ report: 'margin', organizations: 32, margins: [{ name: 'status-report' }, {}] });
});
