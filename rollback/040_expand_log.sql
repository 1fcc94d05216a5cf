-- inverse of expand-log: entries stay, as plain legacy rows.
drop trigger creditshift_append_only on {{ log.table }};
drop trigger creditshift_no_truncate on {{ log.table }};
drop function creditshift.refuse_log_change();
drop function creditshift.redact(jsonb, text[]);
{% for pool in pools -%}
alter table {{ log.table }}
  drop column {{ pool.consumed }},
  drop column {{ pool.after }};
{% endfor %}
alter table {{ log.table }}
  drop column sequence,
  drop column quantity,
  drop column success,
  drop column idempotency_key,
  drop column legacy_delta;
