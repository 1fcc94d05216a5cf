-- The application's own indexes on its log, as Guardian has them: both sides keep the same reports fast.
create index on public.credit_actions (action_type);
create index on public.credit_actions (created_at desc);
create index on public.credit_actions (organization_id);
create index on public.credit_actions (organization_id);
