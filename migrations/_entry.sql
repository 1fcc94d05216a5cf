    insert into {{ log.table }} (
      {{ log.owner }}, {{ log.user }}, {{ log.action }}, quantity, success, {{ log.outcome }}, sequence, idempotency_key, legacy_delta,
      {% for pool in pools %}{{ pool.consumed }}, {{ pool.after }}, {% endfor %}
      {{ log.consumed }}, {{ log.before }}, {{ log.after }}, {{ log.metadata }}{% unless log.dated %}, {{ log.at }}{% endunless %}
    ) values (
      {{ entry.organization | raw }}, {{ entry.user | raw }}, {{ entry.action | raw }}, {{ entry.quantity | raw }}, true, 'success', v_sequence, {{ entry.idempotencyKey | raw }}, - v_cost,
      {% for pool in pools %}{{ pool.cost }}, {{ pool.left }}, {% endfor %}
      v_consumed, least({{ logMax | raw }}, v_charged + v_consumed), least({{ logMax | raw }}, v_charged), {{ entry.metadata | raw }}{% unless log.dated %}, now(){% endunless %}
    );
