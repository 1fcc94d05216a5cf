-- pricing: pools, pricing plans and assignments of the configuration, as rows of schema creditshift.
-- Locks nothing of yours.

{% for pool in pools -%}
insert into creditshift.pools (pool, position, label, purpose, provider, legacy_value, enabled)
values ({{ pool.name | lit }}, {{ pool.position | lit }}, {{ pool.label | lit }}, {{ pool.purpose | lit }}, {{ pool.provider | lit }}, {{ pool.legacyValue | lit }}, {{ pool.enabled | lit }})
    on conflict (pool) do update
   set position = excluded.position, label = excluded.label, purpose = excluded.purpose, provider = excluded.provider,
       legacy_value = excluded.legacy_value, enabled = excluded.enabled;
{% endfor %}
{% for plan in plans -%}
insert into creditshift.plans (plan, policy, basis, days, price)
values ({{ plan.plan | lit }}, {{ plan.policy | lit }}, {{ plan.basis | lit }}, {{ plan.days | lit }}, {{ plan.price | lit }})
    on conflict (plan) do update set policy = excluded.policy, basis = excluded.basis, days = excluded.days, price = excluded.price;
{% for share in plan.shares -%}
insert into creditshift.plan_pools (plan, pool, credits, weight, floor, carry)
values ({{ plan.plan | lit }}, {{ share.pool | lit }}, {{ share.credits | lit }}, {{ share.weight | lit }}, {{ share.floor | lit }}, {{ share.carry | lit }})
    on conflict (plan, pool) do update
   set credits = excluded.credits, weight = excluded.weight, floor = excluded.floor, carry = excluded.carry;
{% endfor %}
{% endfor %}
-- Who gets which plan is replaced whole: a rule that was taken out of the configuration must not live on.
delete from creditshift.plan_values;
{% for entry in planValues -%}
insert into creditshift.plan_values (value, plan) values ({{ entry.value | lit }}, {{ entry.plan | lit }});
{% endfor %}
delete from creditshift.assignments;
{% for entry in assignments -%}
insert into creditshift.assignments (organization, plan) values ({{ entry.organization | lit }}, {{ entry.plan | lit }});
{% endfor %}
delete from creditshift.overrides;
{% for entry in overrides -%}
insert into creditshift.overrides (organization, pool, credits) values ({{ entry.organization | lit }}, {{ entry.pool | lit }}, {{ entry.credits | lit }});
{% endfor %}
delete from creditshift.policies;
{% for entry in policies -%}
insert into creditshift.policies (policy, value) values ({{ entry.policy | lit }}, {{ entry.value | lit }});
{% endfor %}
{% if windows.size > 0 and usedShares.size > 0 -%}
insert into creditshift.usage (organization, days, weights)
{% render '_usage' %}
    on conflict do nothing;
{% endif %}
