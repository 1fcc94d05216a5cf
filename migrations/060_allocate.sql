-- allocate: credits by pricing plan, a page of organizations a statement; the checkpoint is written in the same one.
-- Locks the page's balance rows ROW EXCLUSIVE for the length of the page: its organizations' charges wait for milliseconds.

-- $1 lease epoch, $2 part, $3 key before the page, $4 last key of the page, $5 whether it is the last, $6 how many
-- organizations it has, null where nobody counted them.
with lease as materialized (
  select epoch from creditshift.lease where epoch = $1 and expires_at > clock_timestamp() for key share
), terms as materialized (
  select v.value, p.plan, p.policy, p.basis,
         array_agg(s.credits order by o.position) as credits,
         array_agg(s.weight::bigint order by o.position) as weights,
         array_agg(s.floor order by o.position) as floors{% if usages %}, p.days{% endif %}{% if carries %}, array_agg(s.carry::bigint order by o.position) as carry{% endif %}
    from creditshift.plan_values as v
    join creditshift.plans as p on p.plan = v.plan
    join creditshift.plan_pools as s on s.plan = p.plan
    join creditshift.pools as o on o.pool = s.pool
   group by v.value, p.plan
), granted as (
  update {{ balances.table }} as b
     set ({% for pool in pools %}{{ pool.counter }}, {{ pool.total }}{% unless forloop.last %}, {% endunless %}{% endfor %}) = (
           select {% for pool in pools %}{{ pool.counts.migrate | raw }}, e.credits[{{ pool.position | lit }}]{% unless forloop.last %}, {% endunless %}{% endfor %}
             from (select case terms.policy
                            when 'split' then creditshift.share({% render '_amount' %}, terms.weights, terms.floors)
                            {%- if usages %}
                            when 'usage' then creditshift.share({% render '_amount' %}, coalesce(
                              (select u.weights from creditshift.usage as u where u.organization = b.{{ balances.owner }} and u.days = terms.days),
                              terms.weights), terms.floors)
                            {%- endif %}{% if carries %}
                            when 'grant' then case when terms.basis is null then terms.credits
                              else creditshift.carry(terms.credits, {% render '_amount' %}, terms.carry) end
                            {%- endif %}
                            else terms.credits
                          end as credits) as e),
         last_sequence = 1,
         last_updated = now()
    from terms
   where terms.value = coalesce({{ rule.value | raw }}, '')
     and b.last_sequence = 0
     and ($3::{{ key | raw }} is null or b.{{ balances.owner }} > $3)
     and ($4::{{ key | raw }} is null or b.{{ balances.owner }} <= $4)
     and not exists (select from creditshift.assignments as a where a.organization = b.{{ balances.owner }})
     {%- if overrides.size > 0 %}
     and not exists (select from creditshift.overrides as v where v.organization = b.{{ balances.owner }})
     {%- endif %}
     and ({{ rule.active | raw }} is not false or (select value from creditshift.policies where policy = 'inactive') = 'allocate')
     and ({{ rule.trial | raw }} is not true or (select value from creditshift.policies where policy = 'trial') = 'allocate')
     and exists (select from lease)
  returning b.{{ balances.owner }} as organization, terms.plan, b.last_sequence, {{ page.balance | raw }} as legacy_before,
            case when terms.basis is not null then {% render '_amount' %} end as basis,
            {% for pool in pools %}{{ pool.available.b | raw }} as {{ pool.left }}{% unless forloop.last %}, {% endunless %}{% endfor %}
            {%- if carries %}{% for pool in pools %},
            case when terms.policy = 'grant' and terms.basis is not null then b.{{ pool.total }} - terms.credits[{{ pool.position | lit }}] end as {{ pool.allocation.carried }}{% endfor %}{% endif %}
), recorded as (
  insert into creditshift.allocations (
    organization, sequence, kind, plan, reason, legacy_before, basis,
    {% for pool in pools %}{{ pool.allocation.granted }}, {{ pool.allocation.after }}{% if carries %}, {{ pool.allocation.extra }}, {{ pool.allocation.carried }}{% endif %}{% unless forloop.last %}, {% endunless %}{% endfor %}
  )
  select organization, last_sequence, 'migration', plan, 'plan ' || plan, legacy_before, basis,
         {% for pool in pools %}{{ pool.left }}, {{ pool.left }}{% if carries %}, {{ pool.allocation.carried }}, {{ pool.allocation.carried }}{% endif %}{% unless forloop.last %}, {% endunless %}{% endfor %}
    from granted
), others as (
  -- What an assignment, a skip or a missing rule decides goes one by one through the same rule that new organizations meet.
  -- A page that was granted whole has none of these, and is not read a second time.
  select count(creditshift.allocate_by_rule(b.{{ balances.owner }})) as rows
    from {{ balances.table }} as b
   where b.last_sequence = 0
     and ($3::{{ key | raw }} is null or b.{{ balances.owner }} > $3)
     and ($4::{{ key | raw }} is null or b.{{ balances.owner }} <= $4)
     and exists (select from lease)
     and (select count(*) from granted) is distinct from $6
     and (not exists (select from terms where terms.value = coalesce({{ rule.value | raw }}, ''))
          or exists (select from creditshift.assignments as a where a.organization = b.{{ balances.owner }})
          {%- if overrides.size > 0 %}
          or exists (select from creditshift.overrides as v where v.organization = b.{{ balances.owner }})
          {%- endif %}
          or {{ rule.active | raw }} is false and (select value from creditshift.policies where policy = 'inactive') = 'skip'
          or {{ rule.trial | raw }} and (select value from creditshift.policies where policy = 'trial') = 'skip')
)
update creditshift.checkpoints as c
   set last_key = coalesce($4, c.last_key),
       rows = c.rows + (select count(*) from granted) + (select rows from others),
       done = $5
 where c.step = '060_allocate' and c.part = $2
   and c.last_key is not distinct from $3
   and exists (select from lease)
returning (select count(*) from granted)::integer as granted, (select rows from others)::integer as others;
