import { balances, type Corruption, log } from './plant.ts';

/** A trigger on the log that takes its time. */
const slow = (milliseconds: number, when: string) => `
  create function public.slow() returns trigger language plpgsql
    as 'begin perform pg_sleep(${milliseconds / 1000}); return new; end';
  create trigger slow before insert on ${log} for each row when (new.sequence ${when}) execute function public.slow()`;

/** What is said to have been counted at the cutover. */
const counted = (updates: number, hotUpdates: number) => `
  select creditshift.record(null, 'baseline', '{"milliseconds": 1, "updates": ${updates}, "hotUpdates": ${hotUpdates}}')`;

/** Rows that are gone again, but that a sequential scan goes over; no trigger looks at them. */
const scanned = `
  alter table ${balances} drop constraint organization_credits_organization_id_unique;
  alter table ${balances} disable trigger user;
  insert into ${balances} (organization_id) select gen_random_uuid() from generate_series(1, 60000);
  delete from ${balances} where total_credits = 0;
  select pg_stat_force_next_flush();
  do $$
  declare v_trigger name;
  begin
    for v_trigger in select tgname from pg_trigger where tgrelid = '${balances}'::regclass and not tgisinternal loop
      execute format('alter table ${balances} enable always trigger %I', v_trigger);
    end loop;
  end $$`;

export const PERFORMANCE: Corruption[] = [
  {
    check: 'performance.charge',
    fault: 'a trigger of another’s that each charge waits for',
    sql: slow(4, 'is not null'),
  },
  {
    check: 'performance.log-insert',
    fault: 'a trigger that holds up what an application logs itself',
    sql: slow(60, 'is null'),
  },
  {
    check: 'performance.balance-query',
    fault: 'no index on the organization any more, and many dead rows',
    sql: scanned,
    sweep: `vacuum ${balances}`,
    also: ['performance.charge', 'performance.row-security-read', 'performance.indexes'],
  },
  {
    check: 'performance.row-security-read',
    fault: 'a policy that takes its time for each row',
    sql: `create function public.slow() returns boolean language plpgsql as 'begin perform pg_sleep(0.004); return false; end';
          create policy slow on ${balances} for select using (public.slow())`,
  },
  {
    check: 'performance.indexes',
    fault: 'an index once more under another name',
    sql: `create index once_more on ${log} (organization_id)`,
  },
  {
    check: 'performance.indexes',
    fault: 'no index of the log for an organization’s own entries',
    sql: 'drop index public.idx_credit_consumption_logs_org_id',
  },
  {
    check: 'performance.unused-indexes',
    fault: 'an index that nothing used in a month',
    sql: `${counted(0, 0)};
          update creditshift.history set finished_at = finished_at - interval '30 days' where step = '090_cutover'`,
  },
  {
    check: 'performance.hot-updates',
    fault: 'updates that write indexes',
    sql: counted(-1_000_000, 0),
  },
  {
    check: 'performance.bloat',
    fault: 'autovacuum switched off for the balances',
    sql: `alter table ${balances} set (autovacuum_enabled = false)`,
  },
];
