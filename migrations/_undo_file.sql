do $creditshift_file$
declare
  v_sql  constant text := $creditshift_step${{ sql | raw }}$creditshift_step$;
  v_role constant text := current_setting('role');
begin
  if to_regclass('creditshift.history') is null or not exists (select from creditshift.history where step = {{ step | lit }}) then
    raise notice '% is not applied', {{ step | lit }};
    return;
  end if;
  lock table creditshift.history in share row exclusive mode;
  if exists (select from creditshift.history where step collate "C" > {{ step | lit }}) then
    raise exception '% is not the last step applied', {{ step | lit }} using errcode = '55000', hint = 'creditshift rollback';
  end if;
  if exists (select from creditshift.lease where expires_at > clock_timestamp()) then
    raise exception 'a run of creditshift is at work' using errcode = '55000', hint = 'creditshift status';
  end if;
  perform set_config('lock_timeout', {{ lockTimeout | lit }}, true);
  execute v_sql;
  perform set_config('role', v_role, true);
  delete from creditshift.history where step = {{ step | lit }};
  perform creditshift.record(gen_random_uuid(), 'undone', jsonb_build_object('step', {{ step | lit }}, 'stage', {{ stage | lit }}, 'file', true));
end $creditshift_file$;
