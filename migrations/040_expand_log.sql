-- expand-log: what each call charged per pool, the balances after it, its number, its legacy cost; append-only.
-- Locks the log ACCESS EXCLUSIVE for the catalog change only. Legacy rows keep null in success and sequence.
{% if initial %}
alter table {{ log.table }}
  add column sequence bigint,
  add column quantity bigint,
  add column success boolean,
  add column idempotency_key text,
  add column legacy_delta {{ legacyType | raw }};
{% endif %}
-- Nothing of an entry is changed or removed. Its owner may change what is no part of the ledger, after saying so in the same
-- transaction: that is how personal data is replaced. In the same way it may remove refusals, and entries that an opening
-- stands for: that is retention.
create or replace function creditshift.refuse_log_change() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $creditshift$
begin
  if tg_op = 'TRUNCATE' and not exists (select from {{ log.table }} where success is not null) then
    return null;
  end if;
  if tg_op = 'UPDATE' and current_setting('creditshift.anonymizing', true) = pg_current_xact_id()::text then
    if current_user = (select pg_get_userbyid(c.relowner) from pg_class as c where c.oid = tg_relid)
       and ({% for column in log.ledger %}old.{{ column }}{% unless forloop.last %}, {% endunless %}{% endfor %})
           is not distinct from
           ({% for column in log.ledger %}new.{{ column }}{% unless forloop.last %}, {% endunless %}{% endfor %}) then
      return new;
    end if;
  end if;
  if tg_op = 'DELETE' and current_setting('creditshift.retaining', true) = pg_current_xact_id()::text then
    if current_user = (select pg_get_userbyid(c.relowner) from pg_class as c where c.oid = tg_relid)
       and (old.sequence is null and not old.success
            or exists (select from creditshift.allocations as a
                        where a.organization = old.{{ log.owner }} and a.kind = 'opening' and old.sequence between a.first_sequence and a.sequence)) then
      return old;
    end if;
  end if;
  raise exception 'the credit log is append-only' using errcode = '55000';
end $creditshift$;
alter function creditshift.refuse_log_change() owner to {{ balances.role }};
{% if initial %}
-- A document with null at the end of a path, in each element where the path meets an array.
create function creditshift.redact(p_document jsonb, p_path text[]) returns jsonb
language plpgsql immutable set search_path = pg_catalog, pg_temp as $creditshift$
begin
  if jsonb_typeof(p_document) = 'array' then
    return (select coalesce(jsonb_agg(creditshift.redact(e.element, p_path) order by e.n), '[]')
              from jsonb_array_elements(p_document) with ordinality as e (element, n));
  end if;
  if jsonb_typeof(p_document) = 'object' and p_document ? p_path[1] then
    return jsonb_set(p_document, p_path[1:1],
                     case when cardinality(p_path) = 1 then 'null' else creditshift.redact(p_document -> p_path[1], p_path[2:]) end);
  end if;
  return p_document;
end $creditshift$;
alter function creditshift.redact(jsonb, text[]) owner to {{ balances.role }};

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
