    insert into {{ log.table }} (
      {{ log.owner }}, {{ log.user }}, {{ log.action }}, quantity, success, {{ log.outcome }}, sequence, idempotency_key, legacy_delta,
      {% for pool in pools %}{{ pool.consumed }}, {{ pool.after }}, {% endfor %}
      {{ log.consumed }}, {{ log.before }}, {{ log.after }}, {{ log.metadata }}
    ) values (
      {{ entry.organization | raw }}, {{ entry.user | raw }}, {{ entry.action | raw }}, {{ entry.quantity | raw }}, v_sequence is not null,
      case when v_sequence is null then 'INSUFFICIENT_CREDITS' else 'success' end, v_sequence,
      case when v_sequence is not null then {{ entry.idempotencyKey | raw }} end, case when v_sequence is null then 0 else - v_cost end,
      {% for pool in pools %}case when v_sequence is null then 0 else {{ pool.cost }} end, {{ pool.left }}, {% endfor %}
      case when v_sequence is null then 0 else v_consumed end,
      least({{ logMax | raw }}, v_charged + case when v_sequence is null then 0 else v_consumed end),
      least({{ logMax | raw }}, v_charged),
      {{ entry.metadata | raw }}
    );
