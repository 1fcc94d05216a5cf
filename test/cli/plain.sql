-- Credits on plain PostgreSQL: no roles but one, no row security, no primary keys, no statistics, and a log that was kept badly.
create role plain_app nologin;
create table public.organizations (id uuid, name text);
create table public.organization_credits (
  organization_id   uuid not null unique,
  plan_name         text,
  total_credits     integer,
  used_credits      integer,
  remaining_credits integer,
  credits_remaining integer,
  is_trial          boolean,
  is_active         boolean
);
create table public.credit_actions (action_type text, credits_cost integer, description text);
create table public.credit_consumption_logs (
  organization_id  uuid,
  user_id          uuid,
  action_type      text,
  credits_consumed integer,
  balance_before   integer,
  balance_after    integer,
  outcome          text,
  metadata         jsonb,
  created_at       timestamptz
);
create function public.consume_credits_rpc(p_organization_id uuid, p_action_type text) returns json language sql as $$
  update public.organization_credits
     set credits_remaining = credits_remaining - (select credits_cost from public.credit_actions where action_type = p_action_type)
   where organization_id = p_organization_id returning '{"success": true}'::json
$$;
insert into public.organizations
select ('00000000-0000-0000-0000-00000000000' || n)::uuid, 'o' || n from generate_series(1, 2) as n;
insert into public.organization_credits (organization_id, plan_name, total_credits, credits_remaining, remaining_credits)
select id, 'starter', 100, 100, 100 from public.organizations;
insert into public.credit_actions values ('ai_chat', 1), ('sms_send', 2), ('retired', null);
-- Of before the migration: of nobody, of nothing, at no time, by amounts that lead nowhere.
insert into public.credit_consumption_logs
select case when n < 90 then ('00000000-0000-0000-0000-00000000000' || 1 + n % 2)::uuid end, null,
       case when n % 10 <> 3 then 'ai_chat' end, n, null, -5, case n % 3 when 0 then 'ok' end, '{"a": 1}',
       case when n % 7 <> 1 then now() - make_interval(days => n) end
  from generate_series(1, 100) as n;
-- More than a client wants to see at once.
insert into public.credit_consumption_logs (organization_id, action_type, credits_consumed, metadata)
values ('00000000-0000-0000-0000-000000000001', 'ai_chat', 1, jsonb_build_object('a', repeat('x', 16 * 1024 * 1024)));
