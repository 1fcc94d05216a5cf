  v_plan     text;
  {% for pool in pools -%}
  {{ pool.cost }} {{ pool.type | raw }};
  {{ pool.left }} {{ pool.type | raw }};
  {{ pool.sum }} {{ pool.type | raw }};
  {{ pool.extra }} {{ pool.type | raw }};
  {% endfor -%}
