-- inverse of index: what it built is dropped.
drop index {{ logSchema }}.creditshift_log_sequence;
drop index {{ logSchema }}.creditshift_log_idempotency;
{% if documentedIndexes %}
{% for pool in pools -%}
drop index {{ balancesSchema }}.{{ pool.documentedIndex }};
{% endfor -%}
drop index {{ balancesSchema }}.creditshift_balances_summary;
{% if balances.plan %}drop index {{ balancesSchema }}.creditshift_balances_plan;{% endif %}
{% endif %}
