-- expand-actions: what each action charges, beside its legacy cost, which stays.
-- Locks the price list ACCESS EXCLUSIVE for the catalog change, then one row an action.
{% for pool in added -%}
alter table {{ actions.table }} add column {{ pool.required }} integer not null default 0 check ({{ pool.required }} >= 0);
{% endfor %}
{% for entry in catalogue -%}
with missing as (
  insert into {{ actions.table }} ({{ actions.action }}, {{ actions.cost }}{% if actions.description %}, {{ actions.description }}{% endif %})
  select {{ entry.action | lit }}, {{ entry.legacyCost | lit }}{% if actions.description %}, {{ entry.description | lit }}{% endif %}
   where not exists (select from {{ actions.table }} where {{ actions.action }} = {{ entry.action | lit }})
  returning {{ actions.action }}
)
insert into creditshift.added_actions (action) select {{ actions.action }} from missing;
update {{ actions.table }}
   set {% for pool in pools %}{{ pool.required }} = {{ entry.required[forloop.index0].value | lit }}{% unless forloop.last %}, {% endunless %}{% endfor %}
 where {{ actions.action }} = {{ entry.action | lit }};
{% endfor %}
