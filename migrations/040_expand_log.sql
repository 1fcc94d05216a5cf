-- expand-log: what each call charged per pool, the balances after it, its number, its legacy cost; append-only.
-- Locks the log ACCESS EXCLUSIVE for the catalog change only. Legacy rows keep null in success and sequence.
{% if initial %}
alter table {{ log.table }}
  add column sequence bigint,
  add column quantity bigint,
  add column success boolean,
  add column idempotency_key text,
  add column legacy_delta {{ legacyType | raw }};

create function creditshift.refuse_log_change() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $creditshift$
begin
  if tg_op = 'TRUNCATE' and not exists (select from {{ log.table }} where success is not null) then
    return null;
  end if;
  raise exception 'the credit log is append-only' using errcode = '55000';
end $creditshift$;
alter function creditshift.refuse_log_change() owner to {{ balances.role }};

create trigger creditshift_append_only
  before update or delete on {{ log.table }}
  for each row when (old.sequence is not null or old.success is not null)
  execute function creditshift.refuse_log_change();
create trigger creditshift_no_truncate
  before truncate on {{ log.table }}
  for each statement execute function creditshift.refuse_log_change();
alter table {{ log.table }} enable always trigger creditshift_append_only;
alter table {{ log.table }} enable always trigger creditshift_no_truncate;
{% endif %}
{% for pool in added -%}
alter table {{ log.table }}
  add column {{ pool.consumed }} {{ pool.type | raw }} not null default 0,
  add column {{ pool.after }} {{ pool.type | raw }};
{% endfor %}
