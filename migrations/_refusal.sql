    insert into {{ log.table }} (
      {{ log.owner }}, {{ log.user }}, {{ log.action }}, quantity, success, {{ log.outcome }}, legacy_delta,
      {% for pool in pools %}{{ pool.after }}, {% endfor %}
      {{ log.consumed }}, {{ log.before }}, {{ log.after }}, {{ log.metadata }}{% unless log.dated %}, {{ log.at }}{% endunless %}
    ) values (
      {{ entry.organization | raw }}, {{ entry.user | raw }}, {{ entry.action | raw }}, {{ entry.quantity | raw }}, false, 'INSUFFICIENT_CREDITS', 0,
      {% for pool in pools %}{{ pool.left }}, {% endfor %}
      0, least({{ logMax | raw }}, v_charged), least({{ logMax | raw }}, v_charged), {{ entry.metadata | raw }}{% unless log.dated %}, now(){% endunless %}
    );
