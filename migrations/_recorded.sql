-- What the SQL of a step depends on, as it is recorded: another database or configuration has another one.
select encode(sha256(convert_to(concat(
         (select string_agg((r.config -> key)::text, ',' order by key)
            from unnest(array['layout', 'tenants', 'balances', 'actions', 'log', 'functions', 'pools', 'catalogue', 'plans', 'assignments', 'policies', 'indexes']) as key),
         r.facts::text), 'UTF8')), 'hex') as recorded
  from creditshift.revisions as r order by r.revision desc limit 1
