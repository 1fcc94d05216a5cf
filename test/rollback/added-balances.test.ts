import { expect, test } from 'vitest';
import { rollback } from '../../src/commands/rollback/rollback.ts';
import { contextFor, freshDatabase, guardianYaml, migrate } from '../support/guardian.ts';

const [unused, charged, written] = ['4', '5', '6'].map(n => `00000000-0000-0000-0000-00000000000${n}`);

test('drop removes the balance rows that the migration made, but for those that were used', async () => {
  const { url, sql } = await freshDatabase();
  const assigned = [unused, charged, written].map(key => `\n    ${key}: starter`).join('');
  const yaml = guardianYaml
    .replace('withoutCredits: report', 'withoutCredits: create')
    .replace('000000000002: starter', `000000000002: starter${assigned}`);
  const context = contextFor(url, yaml);
  const rows = async () =>
    (
      await sql<{ key: string }[]>`
        select organization_id as key from public.organization_credits
         where organization_id > '00000000-0000-0000-0000-000000000003' order by 1`
    ).map(row => row.key);
  for (const key of [unused, charged, written]) {
    await sql`insert into public.organizations (id, name, slug) values (${key as string}, 'New', ${key as string})`;
  }
  await migrate(context);
  expect(await rows()).toEqual([unused, charged, written]);
  await sql`select public.consume_credits_rpc(${charged as string}::uuid, 'ai_chat')`;
  await sql`update public.organization_credits set renewal_type = 'yearly' where organization_id = ${written as string}`;
  await rollback(context, { method: 'drop' });
  expect(await rows()).toEqual([charged, written]);
});
