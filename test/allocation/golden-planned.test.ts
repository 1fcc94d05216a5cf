import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type Preview, previewAllocation } from '../../src/allocation/preview.ts';
import { verify } from '../../src/commands/verify.ts';
import { parseConfig } from '../../src/config/load.ts';
import { buildModel } from '../../src/config/model.ts';
import { connect, type Sql } from '../../src/database/connect.ts';
import { readFacts } from '../../src/database/facts.ts';
import { databasesHere } from '../support/databases.ts';
import { contextFor, migrate } from '../support/guardian.ts';
import { golden, POOLS, type Row } from './golden.ts';

const examples = join(import.meta.dirname, '../../examples');
const { rows, config: part } = golden('planned');

/** The second layout's example, whose every organization gets one of the plans of the table. */
function yamlFor(policy: string | undefined): string {
  const config = { ...parse(readFileSync(join(examples, 'planned.yaml'), 'utf8')), ...part };
  const values = Object.fromEntries(['enterprise', 'premium', 'custom', 'Premium', 'starter'].map(v => [v, policy]));
  return JSON.stringify({ ...config, assignments: { values, none: policy } });
}

let server: ReturnType<typeof databasesHere>;
let sql: Sql;
let url: string;
const previews = new Map<string, Preview>();
beforeAll(async () => {
  server = databasesHere();
  url = await server.createDatabase(`cs_planned_${process.pid}_${Date.now().toString(36)}`);
  ({ sql } = await connect({ url, environment: {} }, 'test'));
  await sql.unsafe(readFileSync(join(examples, 'planned-legacy.sql'), 'utf8'));
  for (const policy of Object.keys(part.plans ?? {})) {
    const config = parseConfig(yamlFor(policy), 'planned.yaml');
    const { first } = await previewAllocation(sql, config, buildModel(config, await readFacts(sql, config)));
    for (const preview of first) previews.set(`${preview.name} ${policy}`, preview);
  }
  await migrate(contextFor(url, yamlFor('carry')));
});
afterAll(async () => {
  await sql.end({ timeout: 1 });
  await server.stop();
});

const credits = (row: Row) => POOLS.map(pool => String(row[pool]));

describe.each(Object.keys(part.plans ?? {}))('%s', policy => {
  test.each(rows.filter(row => row.policy === policy))('$organization', async row => {
    const preview = previews.get(`${row.organization} ${policy}`);
    expect(preview?.pools.map(String)).toEqual(credits(row));
    expect([String(preview?.minted), preview?.forfeited]).toEqual([row.minted, row.forfeited]);
    const [found] = await sql`
      select array(select (c.credits + coalesce(e.carried[c.n], 0))::text from unnest(e.credits) with ordinality as c (credits, n)) as credits
        from organizations as o,
             creditshift.entitlement(o.id, ${policy}, o.total_credits, coalesce(o.total_credits, 0) - o.used_credits) as e
       where o.name = ${row.organization ?? ''}`;
    expect(found?.credits).toEqual(credits(row));
  });
});

test('what the pages allocated is what is carried over beside the grant, and verify agrees', async () => {
  const allocated = await sql`
    select name, array[ai_credits, whatsapp_credits, email_credits, sms_credits]::text[] as credits,
           ai_used_credits + whatsapp_used_credits + email_used_credits + sms_used_credits as used from organizations`;
  for (const row of rows.filter(r => r.policy === 'carry'))
    expect(allocated.find(o => o.name === row.organization)).toMatchObject({ credits: credits(row), used: 0 });
  expect((await verify(contextFor(url, yamlFor('carry')), { only: 'balances' })).exitCode).toBe(0);
});
