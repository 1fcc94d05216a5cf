-- index: the log's own keys: entry numbers and idempotency keys, each once an organization.
-- Locks the log SHARE UPDATE EXCLUSIVE: each is built concurrently, by a statement of its own; reads and writes go on.
create unique index concurrently creditshift_log_sequence
    on {{ log.table }} ({{ log.owner }}, sequence) where sequence is not null;

create unique index concurrently creditshift_log_idempotency
    on {{ log.table }} ({{ log.owner }}, idempotency_key) where idempotency_key is not null and success;
{% if documentedIndexes %}
{% for pool in pools -%}
create index concurrently {{ pool.documentedIndex }}
    on {{ balances.table }} ({{ balances.owner }}, {{ pool.counter }}, {{ pool.total }}) where {{ pool.counter }} > 0;

{% endfor -%}
create index concurrently creditshift_balances_summary
    on {{ balances.table }} ({{ balances.owner }}, {% for pool in pools %}{{ pool.counter }}{% unless forloop.last %}, {% endunless %}{% endfor %});
{% if balances.plan %}
create index concurrently creditshift_balances_plan
    on {{ balances.table }} ({{ balances.plan }}, {% for pool in pools %}{{ pool.counter }}{% unless forloop.last %}, {% endunless %}{% endfor %});
{% endif %}
{% endif %}
