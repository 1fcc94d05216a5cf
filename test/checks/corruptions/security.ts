import { balances, type Corruption, edit, log } from './plant.ts';

const reader = 'create function public.spent(uuid) returns integer language sql';
const body = `as 'select used_credits from public.organization_credits where organization_id = $1'`;
const closed = 'revoke execute on function public.spent(uuid) from public';

export const SECURITY: Corruption[] = [
  {
    check: 'security.search-path',
    fault: 'a new function with its owner’s rights and its caller’s search_path',
    sql: `${reader} security definer ${body}; ${closed}`,
  },
  {
    check: 'security.search-path',
    fault: 'the live legacy function lost its search_path',
    state: 'partial',
    sql: 'alter function public.consume_credits_rpc(uuid, text) reset search_path',
    also: ['legacy.function-in-place'],
  },
  {
    check: 'security.execute',
    fault: 'a new function with its owner’s rights, for everybody, as CREATE FUNCTION makes it',
    sql: `${reader} security definer set search_path = pg_catalog ${body}`,
  },
  {
    check: 'security.execute',
    fault: 'the live legacy function opened to anon',
    state: 'partial',
    sql: 'grant execute on function public.consume_credits_rpc(uuid, text) to anon',
    also: ['security.reach', 'legacy.function-in-place'],
  },
  {
    check: 'security.execute',
    fault: 'a role that anon belongs to may call it',
    sql: `${reader} security definer set search_path = pg_catalog ${body}; ${closed};
          create role plant_readers; grant plant_readers to anon; grant execute on function public.spent(uuid) to plant_readers`,
  },
  {
    check: 'security.owner-views',
    fault: 'a view over the log with its owner’s rights',
    sql: `create view public.spending as select * from ${log}; grant select on public.spending to authenticated`,
  },
  {
    check: 'security.owner-views',
    fault: 'a view over a view, for everybody',
    sql: `create view public.totals as select sum(total_used) from public.organization_credit_summary;
          grant select on public.totals to public`,
  },
  {
    check: 'security.owner-views',
    fault: 'a materialized view of the balances',
    sql: `create materialized view public.balances_now as select * from ${balances}; grant select on public.balances_now to anon`,
  },
  {
    check: 'security.row-security',
    fault: 'row security of the log switched off',
    sql: `alter table ${log} disable row level security`,
    also: ['security.reach'],
  },
  {
    check: 'security.row-security',
    fault: 'prices that PUBLIC may change',
    sql: 'grant update on public.credit_actions to public',
    also: ['security.reach'],
  },
  {
    check: 'security.open-policies',
    fault: 'everybody signed in may write balances',
    sql: `create policy plant_write on ${balances} for update to authenticated using (true)`,
  },
  {
    check: 'security.open-policies',
    fault: 'own rows may be written, and become anybody’s',
    sql: `create policy plant_give on ${balances} for update using (organization_id = auth.uid()) with check (true)`,
  },
  {
    check: 'security.open-policies',
    fault: 'everybody signed in may read the log',
    sql: `create policy plant_read on ${log} for select using (auth.role() = 'authenticated')`,
    also: ['security.reach'],
  },
  {
    check: 'security.open-policies',
    fault: 'whoever has an identity may read balances',
    sql: `create policy plant_read on ${balances} for select using (auth.uid() is not null)`,
    also: ['security.reach'],
  },
  {
    check: 'security.open-policies',
    fault: 'everybody may change prices',
    sql: 'create policy plant_price on public.credit_actions for all using (true)',
  },
  {
    check: 'security.reach',
    fault: 'a column of the balances that a tenant’s users may write, in their own row',
    sql: `create policy plant_own on ${balances} for update using (organization_id in (select organization_id from public.profiles where id = auth.uid()));
          grant update (ai_credits_available) on ${balances} to authenticated`,
  },
  {
    check: 'security.reach',
    fault: 'whoever signed in may truncate the balances',
    sql: `grant truncate on ${balances} to authenticated`,
  },
  {
    check: 'security.reach',
    fault: 'a policy that looks at the row and lets every tenant’s through',
    sql: `create policy plant_any on ${balances} for select using (organization_id is not null)`,
  },
  {
    check: 'security.reach',
    fault: 'anon reads the ledger',
    sql: 'grant usage on schema creditshift to anon; grant select on creditshift.allocations to anon',
  },
  {
    check: 'security.reach',
    fault: 'a role that the configuration does not name gets the tenants’ rights by membership',
    sql: `grant authenticated to anon; grant select on ${balances} to anon;
          create policy plant_anon on ${balances} for select to anon using (organization_id is not null)`,
    also: ['security.execute'],
  },
  {
    check: 'security.reach',
    fault: 'the caller’s check taken out of a function',
    sql: edit(
      'public.get_available_credits(uuid, text)',
      'if not exists (select from "public"."profiles"',
      'if false and not exists (select from "public"."profiles"',
    ),
    also: ['schema.function-bodies'],
  },
  {
    check: 'security.hardened',
    fault: 'who signed in may read every balance again',
    state: 'hardened',
    sql: `create policy plant_all on ${balances} for select using (organization_id is not null)`,
  },
  {
    check: 'security.hardened',
    fault: 'prices that anon may change again',
    state: 'hardened',
    sql: 'grant update on public.credit_actions to anon; grant select on public.credit_actions to anon',
    also: ['security.row-security'],
  },
  {
    check: 'security.access',
    fault: 'the tenants’ users read no log of their own any more',
    state: 'hardened',
    sql: `drop policy creditshift_own_rows on ${log}`,
  },
  {
    check: 'security.access',
    fault: 'a restrictive policy that nobody passes',
    sql: `create policy plant_none on ${balances} as restrictive for select using (false)`,
  },
];
