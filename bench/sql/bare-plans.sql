-- The plans as one row each, as a bare statement would have them.
create table public.bare_plans as
select plan,
       max(credits) filter (where pool = 'ai') as ai, max(credits) filter (where pool = 'whatsapp') as whatsapp,
       max(credits) filter (where pool = 'email') as email, max(credits) filter (where pool = 'sms') as sms
  from creditshift.plan_pools group by plan;
analyze public.bare_plans;
