import { expect, test } from 'vitest';
import { verify } from '../../src/commands/verify.ts';
import { contextFor, freshDatabase } from '../support/guardian.ts';
import { migrateTo } from '../support/migrated.ts';
import { foundIn, type Shown } from './found.ts';

const NAMES = ['search-path', 'execute', 'owner-views', 'row-security', 'open-policies'].map(
  name => `security.${name}`,
);

/** What the checks that read the catalog found; what is tried has a test of its own. */
const readIn = (document: Record<string, unknown>): Shown[] => foundIn(document).filter(c => NAMES.includes(c.name));

/** One hole for each check. */
const holes = (name: string, column: string) => `
  create function public.${name}(uuid, citizen) returns integer language sql security definer
    as 'select 1 from public.organization_credits where organization_id = $1';
  create view public.${name} as select organization_id, ${column} from public.organization_credits;
  grant select on public.${name} to authenticated;
  create policy ${name} on public.credit_consumption_logs for delete to authenticated using (true)`;

test('what the database left open before the migration is a warning, what was opened since a failure', async () => {
  const { url, sql } = await freshDatabase();
  await sql.unsafe(`create type public.citizen as enum ('yes'); ${holes('before', 'credits_remaining')};
    grant execute on function public.before(uuid, citizen) to authenticated`);
  // The contract step renames what the view names: its definition is another one, and it is no new hole.
  await migrateTo(sql, '100_contract');
  const security = () => verify(contextFor(url), { only: 'security' });
  const inherited = await security();
  expect(inherited.exitCode).toBe(0);
  expect(readIn(inherited.document)).toMatchObject(NAMES.map(name => ({ name, severity: 'warning' })));
  expect(readIn(inherited.document).flatMap(check => check.rows)).toEqual([
    'public.before(uuid,public.citizen) finds tables and functions where its caller says (as before the migration)',
    'PUBLIC may call public.before(uuid,public.citizen) (as before the migration)',
    'authenticated may read public.before (as before the migration)',
    ...['anon', 'authenticated'].map(
      role =>
        `${role} may delete, insert, update public.credit_actions, where row security is off (as before the migration)`,
    ),
    'policy before on public.credit_consumption_logs for authenticated is true (as before the migration)',
    "policy credits_any_reader on public.organization_credits for public is (auth.role() = 'authenticated'::text) (as before the migration)",
  ]);

  await sql.unsafe(`${holes('since', 'ai_credits_available')};
    alter table public.organization_credits disable row level security`);
  const opened = await security();
  expect(opened.exitCode).toBe(5);
  expect(readIn(opened.document)).toMatchObject(NAMES.map(name => ({ name, severity: 'failure' })));
  for (const { rows } of readIn(opened.document)) expect(rows[0]).not.toMatch(/as before/);
});

test('what is open to a role that acts for all, and prices that everybody reads, are no holes', async () => {
  const { url, sql } = await freshDatabase();
  await migrateTo(sql);
  await sql.unsafe(`
    create view public.ledger as select * from public.credit_consumption_logs;
    revoke all on public.ledger from public, anon, authenticated; grant select on public.ledger to service_role;
    create view public.own with (security_invoker = on) as select * from public.organization_credits;
    grant select on public.own to authenticated;
    create policy service on public.organization_credits for all to service_role using (true);
    create policy prices on public.credit_actions for select using (true);
    create policy own on public.credit_consumption_logs for select
      using (auth.role() = 'authenticated' and organization_id = auth.uid());
    create policy staff on public.organization_credits for select
      using (exists (select from public.profiles where id = auth.uid() and user_role = 'super_admin'));
    create function public.before_write() returns trigger language plpgsql security definer set search_path = pg_catalog
      as 'begin return new; end /* organization_credits */';
    create function public.as_caller() returns bigint language sql as 'select count(*) from public.organization_credits'`);
  const { document } = await verify(contextFor(url), { only: 'security' });
  expect(readIn(document)).toMatchObject([
    { name: 'security.row-security', severity: 'warning' },
    { name: 'security.open-policies', severity: 'warning', count: 1 },
  ]);
});
