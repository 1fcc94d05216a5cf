  update {{ balances.table }} as b
     set {% for pool in pools %}{{ pool.counter }} = {{ pool.counts.grant | raw }},
         {{ pool.total }} = {{ pool.sum }},
         {% endfor %}last_sequence = b.last_sequence + 1,
         last_updated = now()
{% render '_live' %}
  insert into creditshift.allocations (
    organization, sequence, kind, plan, reason, reference, legacy_delta,
    {% for pool in pools %}{{ pool.allocation.before }}, {{ pool.allocation.granted }}, {{ pool.allocation.after }}, {{ pool.allocation.extra }}{% unless forloop.last %},
    {% endunless %}{% endfor %}
  ) values (
    p_organization_id, v_sequence, {{ kind | lit }}, v_plan, v_reason, v_reference, v_delta,
    {% for pool in pools %}{{ pool.left }}, {{ pool.cost }}, {{ pool.left }} + {{ pool.cost }}, {{ pool.extra }}{% unless forloop.last %},
    {% endunless %}{% endfor %}
  );
