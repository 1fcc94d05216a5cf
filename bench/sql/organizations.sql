-- Organizations as they sign up: random keys, in the order of time; four plans, evenly.
insert into public.organizations (id, name, slug)
select md5(n::text)::uuid, 'Organization ' || n, 'organization-' || n
  from generate_series(1, current_setting('bench.organizations')::integer) as n;

insert into public.organization_credits (organization_id, plan_name, total_credits, credits_remaining)
select md5(n::text)::uuid, (array['starter', 'professional', 'premium', 'enterprise'])[1 + n % 4], 1000, 900
  from generate_series(1, current_setting('bench.organizations')::integer) as n;
