import { expect, test } from 'vitest';
import { contextFor, freshDatabase, migrate } from '../support/guardian.ts';
import { addOrganizations, keyOf, yamlWith } from './organizations.ts';

/** Allocated organizations; then plans change, and a constraint refuses what one of them would get. */
async function changedWorld() {
  const { url, sql } = await freshDatabase();
  await addOrganizations(sql, 20);
  const context = contextFor(url, yamlWith({ rows: 10, workers: 1 }));
  await migrate(context, { to: 'index' });
  await sql`alter table public.organization_credits
              add constraint usual_email check (renewal_type is distinct from 'odd' or email_credits_total < 5000) not valid`;
  await sql`update public.organization_credits set plan_name = 'premium', renewal_type = case organization_id when ${keyOf(7)} then 'odd' end
             where organization_id in (${keyOf(7)}, ${keyOf(8)})`;
  const emails = async () =>
    Object.fromEntries(
      await sql<{ id: string; total: number }[]>`
        select organization_id as id, email_credits_total as total from public.organization_credits
         where organization_id in (${keyOf(7)}, ${keyOf(8)})`.then(rows => rows.map(r => [r.id, r.total])),
    );
  return { sql, context, emails };
}

test('what cannot be allocated again before the cutover is named, the rest is; mended, the next migrate goes on', async () => {
  const { sql, context, emails } = await changedWorld();
  await expect(migrate(context)).rejects.toMatchObject({
    code: 'ALLOCATION_FAILED',
    details: [expect.stringMatching(new RegExp(`^${keyOf(7)}: .*usual_email.*23514`))],
  });
  expect(await emails()).toMatchObject({ [keyOf(8)]: 20000 });
  await expect(migrate(context)).rejects.toMatchObject({ code: 'ALLOCATION_FAILED' });

  await sql`alter table public.organization_credits drop constraint usual_email`;
  await migrate(context);
  expect(await emails()).toEqual({ [keyOf(7)]: 20000, [keyOf(8)]: 20000 });
  expect([...(await sql`select from creditshift.exceptions where kind = 'failed'`)]).toEqual([]);
});

test.each([
  { mended: 'its plan is skipped now', sql: `update public.organization_credits set plan_name = 'free'` },
  { mended: 'it is gone', sql: 'delete from public.organization_credits' },
])('a failure is forgotten when $mended', async ({ sql: mend }) => {
  const { sql, context } = await changedWorld();
  await expect(migrate(context)).rejects.toMatchObject({ code: 'ALLOCATION_FAILED' });
  await sql.unsafe(`${mend} where organization_id = '${keyOf(7)}'`);
  await migrate(context);
  const [control] = await sql`select mode from creditshift.control`;
  expect(control).toEqual({ mode: 'live' });
});

test('an organization that was skipped and gets a plan before the cutover has its pools after it', async () => {
  const { sql, context, emails } = await changedWorld();
  await sql`alter table public.organization_credits drop constraint usual_email`;
  await sql`update public.organization_credits set plan_name = 'free'`;
  await sql`delete from public.organization_credits where organization_id = ${keyOf(8)}`;
  await sql`insert into public.organization_credits (organization_id, plan_name) values (${keyOf(8)}, 'free')`;
  await sql`update public.organization_credits set plan_name = 'starter' where organization_id = ${keyOf(8)}`;
  await migrate(context);
  expect(await emails()).toMatchObject({ [keyOf(8)]: 1000 });
});
