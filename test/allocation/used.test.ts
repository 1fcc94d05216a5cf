import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { reallocate } from '../../src/commands/reallocate/reallocate.ts';
import { verify } from '../../src/commands/verify.ts';
import { parseConfig } from '../../src/config/load.ts';
import { buildModel } from '../../src/config/model.ts';
import { readFacts } from '../../src/database/facts.ts';
import { stepNamed } from '../../src/steps/all.ts';
import { forwardSql } from '../../src/steps/step.ts';
import { AGENZIA, contextFor, freshDatabase, guardianYaml, migrate } from '../support/guardian.ts';

const byUse = guardianYaml.replace(
  'plans:\n',
  'plans:\n  by-use: { usage: { of: remaining, days: 30, otherwise: { ai: 1 } } }\n',
);
const overridden = byUse.replace('assignments:\n', `assignments:\n  overrides: { ${AGENZIA}: { ai: 300 } }\n`);

test('use is read only where a plan asks for it, once, at the legacy cost of what was charged since the cutover', async () => {
  const { url, sql } = await freshDatabase();
  const config = parseConfig(guardianYaml, 'guardian.yaml');
  const model = buildModel(config, await readFacts(sql, config));
  const rendered = (name: string) => forwardSql(stepNamed(name), model);
  expect(rendered('015_pricing')).not.toContain('credit_consumption_logs');
  expect(rendered('060_allocate')).not.toMatch(/creditshift\.(usage|overrides|carry)/);
  const context = contextFor(url);
  await migrate(context);
  await sql`select consume_credits_rpc(${AGENZIA}::uuid, 'form_generation'), consume_credits_rpc(${AGENZIA}::uuid, 'sms_send')`;
  await sql`select consume_credits_rpc(${AGENZIA}::uuid, 'sms_send', 1000)`;
  const used = async () => [...(await sql`select organization, days, weights::text from creditshift.usage`)];
  expect(await used()).toEqual([]);

  writeFileSync(context.configPath, byUse);
  await migrate(context);
  const measured = [{ organization: AGENZIA, days: 30, weights: '{7143,0,0,2857}' }];
  expect(await used()).toEqual(measured);
  await sql`select consume_credits_rpc(${AGENZIA}::uuid, 'whatsapp_message', 9)`;
  const credits = async () =>
    (
      await sql`select array[ai_credits_total, whatsapp_credits_total, email_credits_total, sms_credits_total]::text as credits
                 from organization_credits where organization_id = ${AGENZIA}`
    )[0]?.credits;
  await reallocate(context, { organization: AGENZIA, plan: 'by-use', usage: 'reset' });
  expect(await credits()).toBe('{71,0,0,28}');
  expect((await verify(context)).exitCode).toBe(0);

  // An override reaches who is there by reallocate, and once.
  writeFileSync(context.configPath, overridden);
  await migrate(context);
  expect(await used()).toEqual(measured);
  expect(await credits()).toBe('{71,0,0,28}');
  const { document } = await reallocate(context, { dryRun: true });
  expect(document.organizations).toMatchObject([
    { organization: AGENZIA, to: 'starter', credits: ['300', '150', '1000', '50'] },
  ]);
  await reallocate(context);
  expect(await credits()).toBe('{300,150,1000,50}');
  expect((await reallocate(context)).document.organizations).toEqual([]);
  expect((await verify(context)).exitCode).toBe(0);
});
