import { parse, stringify } from 'yaml';
import type { Config } from '../../src/config/schema.ts';
import type { Sql } from '../../src/database/connect.ts';
import { guardianYaml } from '../support/guardian.ts';

/** The reference configuration with other settings for batches and throttle. */
export const yamlWith = (batch: Partial<Config['batch']>, rest: object = {}): string =>
  stringify({ ...parse(guardianYaml), batch, ...rest });

/** Key of the n-th made-up organization: in order of n. */
export const keyOf = (n: number): string => `10000000-0000-0000-0000-${String(n).padStart(12, '0')}`;

/** Adds organizations 1 … count, each with a balance row, on these plans in turn. */
export async function addOrganizations(sql: Sql, count: number, plans: readonly string[] = ['starter']): Promise<void> {
  await sql`
    insert into public.organizations (id, name, slug)
    select ('10000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid, 'o' || n, 'o' || n
      from generate_series(1, ${count}::integer) as n`;
  await sql`
    insert into public.organization_credits (organization_id, plan_name, total_credits, credits_remaining)
    select o.id, (${plans}::text[])[1 + n % ${plans.length}::integer], 100 + n, 100 + n
      from generate_series(1, ${count}::integer) as n join public.organizations as o on o.slug = 'o' || n`;
}

/** Migration records of made-up organizations: how many, and of how many organizations. */
export async function migrationRecords(sql: Sql): Promise<{ records: number; organizations: number }> {
  const [row] = await sql<{ records: number; organizations: number }[]>`
    select count(*)::integer as records, count(distinct organization)::integer as organizations
      from creditshift.allocations where kind = 'migration' and organization::text like '1000%'`;
  return row ?? { records: 0, organizations: 0 };
}
