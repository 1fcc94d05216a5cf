do $creditshift_file$
declare
  v_sql     constant text := $creditshift_step${{ sql | raw }}$creditshift_step$;
  v_run     constant uuid := gen_random_uuid();
  v_started constant timestamptz := clock_timestamp();
  v_steps   text[];
  v_role    constant text := current_setting('role');
begin
  if to_regclass('creditshift.history') is null then
    raise notice 'nothing is migrated here: creditshift migrate --to control comes first';
    return;
  end if;
  lock table creditshift.history in share row exclusive mode;
  select array_agg(step) into v_steps from creditshift.history;
  if {{ step | lit }} = any (v_steps) then
    raise notice '% is applied', {{ step | lit }};
    return;
  end if;
  if {{ previous | lit }} <> all (v_steps) then
    raise exception '% comes before %', {{ previous | lit }}, {{ step | lit }}
      using errcode = '55000', hint = 'creditshift migrate --to ' || {{ previous | lit }};
  end if;
  if exists (select from creditshift.lease where expires_at > clock_timestamp()) then
    raise exception 'a run of creditshift is at work' using errcode = '55000', hint = 'creditshift status';
  end if;
  if {{ recorded | lit }} <> ({% render '_recorded' %}) then
    raise exception 'this file is of another database or configuration' using errcode = '55000', hint = 'creditshift plan --sql --out FOLDER';
  end if;
  perform set_config('lock_timeout', {{ lockTimeout | lit }}, true);
  execute v_sql;
  perform set_config('role', v_role, true);
  insert into creditshift.runs (run, command, version, reason, started_at, finished_at, outcome)
  values (v_run, 'plan --sql', {{ version | lit }}, 'a file of ' || {{ step | lit }}, v_started, clock_timestamp(), 'done');
  insert into creditshift.history (step, stage, revision, run, sql, checksum, started_at)
  select {{ step | lit }}, {{ stage | lit }}, max(revision), v_run, v_sql, encode(sha256(convert_to(v_sql, 'UTF8')), 'hex'), v_started
    from creditshift.revisions;
  perform creditshift.record(v_run, 'step', jsonb_build_object(
    'step', {{ step | lit }}, 'stage', {{ stage | lit }}, 'file', true,
    'milliseconds', round(extract(epoch from clock_timestamp() - v_started) * 1000)));
end $creditshift_file$;
