import { afterAll, beforeAll } from 'vitest';
import { connect } from '../../src/database/connect.ts';
import { databasesHere } from '../support/databases.ts';
import { type Fresh, freshDatabase, guardianYaml } from '../support/guardian.ts';
import { GUARDIAN_TEMPLATE } from '../support/server.ts';

/** Guardian with plans by column, one of which divides the legacy balance, and pages of 10 organizations. */
export const worldYaml = guardianYaml
  .replace(
    'plans:\n',
    'plans:\n  carry: { split: { of: remaining, weights: { ai: 0.4, whatsapp: 0.3, email: 0.2, sms: 0.1 } } }\n',
  )
  .replace('rows: 20000', 'rows: 10');

/** Guardian's two organizations, and 58 that are not poor. */
const ORGANIZATIONS = 60;

/** What each of the 58 has, in legacy credits. */
export const WEALTH = 1_000_000;

/** Guardian's database with 58 organizations more, made once for a file; returns the copier. */
export function useWorld(): () => Promise<Fresh> {
  const template = `cs_world_${process.pid}_${Date.now().toString(36)}`;
  let stop = async () => {};
  beforeAll(async () => {
    const server = databasesHere();
    stop = () => server.stop();
    const { sql } = await connect({ url: await server.createDatabase(template, GUARDIAN_TEMPLATE), environment: {} });
    await sql`
      with added as (
        insert into organizations (name, slug)
        select 'Organization ' || n, 'organization-' || n from generate_series(3, ${ORGANIZATIONS}::integer) as n
        returning id, right(slug, 1)::integer as digit
      )
      insert into organization_credits (organization_id, plan_name, total_credits, credits_remaining)
      select id, (array['starter', 'premium', 'carry'])[digit % 3 + 1], ${WEALTH}, ${WEALTH} from added`;
    await sql.end();
  });
  afterAll(() => stop());
  return () => freshDatabase(template);
}
