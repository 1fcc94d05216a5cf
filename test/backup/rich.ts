import type { Sql } from '../../src/database/connect.ts';

/** Makes of a Guardian database one with nearly all that tables, functions and rights can have. */
export async function enrich(sql: Sql): Promise<void> {
  await sql.unsafe(`
    create schema "Odd Schema";
    create type "Odd Schema".tier as enum ('low', 'high');
    create domain public.short as text check (length(value) < 40);
    create type public.pair as (a integer, b public.short);
    create type public.dates as range (subtype = date);
    create sequence public.tickets start 7;
    create function public.ticket() returns bigint language sql as 'select nextval(''public.tickets'')';
    create function public.is_mine(uuid) returns boolean language sql stable security definer set search_path = ''
      return exists (select from public.profiles where id = auth.uid() and organization_id = $1);
    create procedure "Odd Schema".nothing() language plpgsql as 'begin end';
    create function public.touch() returns trigger language plpgsql as 'begin new.updated_at = now(); return new; end';

    alter table organization_credits
      add column tier "Odd Schema".tier default 'low', add column twin public.pair, add column span int4range, add column term public.dates,
      add column nick public.short default 'n' check (nick <> ''), add column ticket bigint default public.ticket(),
      add column number serial, add column "a ""column""" numeric(12, 3)[], add column r integer default 1, add column sorted text collate "POSIX",
      add constraint credits_of foreign key (organization_id) references organizations (id) on delete cascade,
      add constraint no_overlap exclude using gist (span with &&),
      add constraint later check (total_credits < 100000) not valid,
      set (fillfactor = 90), replica identity full;
    alter table organization_credits alter column plan_name set statistics 500, alter column plan_name set (n_distinct = 3);
    create index on organization_credits (lower(plan_name)) where is_trial;
    cluster organization_credits using organization_credits_pkey;
    comment on table organization_credits is 'balances; "all" of them';
    comment on column organization_credits.nick is 'it''s odd';
    comment on constraint later on organization_credits is 'later';
    comment on function consume_credits_rpc(uuid, text) is 'called by everybody';
    update organization_credits set twin = (1, 'two'), "a ""column""" = '{1.500,null}', span = int4range(number, number + 1);
    grant select (plan_name), update (nick) on organization_credits to service_role, anon with grant option;
    revoke all on organization_credits from authenticated;
    alter table organization_credits owner to service_role;
    revoke execute on function consume_credits_rpc(uuid, text) from public;
    grant execute on function consume_credits_rpc(uuid, text) to authenticated with grant option;
    create policy credits_mine on organization_credits as restrictive for update to authenticated, anon
      using (public.is_mine(organization_id)) with check (credits_remaining >= 0);
    alter table organization_credits force row level security;
    create trigger touched before update on organization_credits for each row when (old.nick is distinct from new.nick) execute function touch();
    create trigger silent after insert on organization_credits for each statement execute function touch();
    alter table organization_credits disable trigger silent;
    alter table organization_credits enable always trigger touched;

    drop table credit_consumption_logs;
    create table credit_consumption_logs (
      id bigint generated always as identity (start 100), organization_id uuid, user_id uuid references auth.users (id),
      action_type text references credit_actions (action_type), credits_consumed integer, balance_before integer,
      balance_after integer, outcome text, metadata jsonb, created_at timestamptz not null default now(),
      primary key (id, created_at)
    ) partition by range (created_at);
    create table logs_old partition of credit_consumption_logs for values from (minvalue) to ('2025-01-01') partition by list (created_at);
    create table logs_old_any partition of logs_old default;
    create table logs_new partition of credit_consumption_logs default;
    create index on credit_consumption_logs (organization_id, created_at desc);
    alter table credit_consumption_logs enable row level security;
    insert into credit_consumption_logs (organization_id, user_id, action_type, created_at)
    select o.id, '00000000-0000-0000-0000-0000000000a1', 'ai_chat', t from organizations as o, unnest('{2024-06-01,2025-06-01}'::timestamptz[]) as t;

    create view public.report as select o.name, c.credits_remaining from organizations as o join organization_credits as c on c.organization_id = o.id;
    create or replace function consume_credits_rpc(p_organization_id uuid, p_action_type text) returns json
    language plpgsql security definer set search_path = public as $$
    declare v_left integer;
    begin
      update organization_credits set credits_remaining = credits_remaining - 1 where organization_id = p_organization_id
      returning credits_remaining into v_left;
      insert into credit_consumption_logs (organization_id, action_type, balance_after) values (p_organization_id, p_action_type, v_left);
      return json_build_object('left', v_left, 'rows', (select count(*) from report));
    end $$;`);
}
