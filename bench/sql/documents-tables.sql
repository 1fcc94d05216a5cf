-- The tables that the documents planned for, with as many organizations as the other side has.
create table public.organizations (
  id            uuid primary key default gen_random_uuid(),
  name          text not null,
  plan_name     text,
  status        text not null default 'active',
  total_credits integer,
  used_credits  integer not null default 0,
  created_at    timestamptz not null default now(),
  updated_at    timestamptz not null default now()
);
create table public.credit_actions (
  id               bigint generated always as identity primary key,
  organization_id  uuid not null references public.organizations (id),
  action_type      text not null,
  credits_consumed integer not null default 0,
  description      text,
  user_id          uuid,
  ip_address       inet,
  user_agent       text,
  created_at       timestamptz not null default now()
);

insert into public.organizations (id, name, plan_name, total_credits)
select md5(n::text)::uuid, 'Organization ' || n, (array['starter', 'professional', 'premium', 'enterprise'])[1 + n % 4], 1000
  from generate_series(1, current_setting('bench.organizations')::integer) as n;
