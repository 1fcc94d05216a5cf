-- validate: the limits hold for every row.
-- Locks the balance table SHARE UPDATE EXCLUSIVE for one scan: reads and writes go on.
{% if added != empty -%}
alter table {{ balances.table }}
  {% for pool in added %}validate constraint {{ pool.limit }}{% unless forloop.last %},
  {% endunless %}{% endfor %};
{% endif %}
