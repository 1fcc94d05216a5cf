-- functions: the new functions and the summary view, made in schema creditshift where nobody can call them yet.
-- Locks nothing of yours; the cutover moves them to where callers look.

create or replace function {{ functions.home }}.{{ functions.consume.name }}(
  {% for parameter in functions.consume.parameters %}{{ parameter.name }} {{ parameter.type | raw }}{{ parameter.fallback | raw }}{% unless forloop.last %},
  {% endunless %}{% endfor %}
) returns {{ functions.consume.returns | raw }}
language plpgsql security definer set search_path = pg_catalog, pg_temp as $creditshift$
#variable_conflict use_column
declare
  v_cost     {{ legacyType | raw }};
  v_sequence bigint;
  v_first    record;
  v_consumed bigint;
  v_charged  {{ chargedType | raw }};
  v_spent    text;
  v_rest     text;
  v_answer   {{ functions.consume.returns | raw }};
  {% for pool in pools -%}
  {{ pool.cost }} {{ pool.type | raw }};
  {{ pool.left }} {{ pool.type | raw }};
  {% endfor -%}
begin
  {% render '_caller', organization: expressions.consume.organization %}
  select {% for pool in pools %}a.{{ pool.required }}::{{ pool.type | raw }}, {% endfor %}coalesce(a.{{ actions.cost }}, 0)::{{ legacyType | raw }}, {% for pool in pools %}a.{{ pool.required }}{% if pool.first %}::bigint{% endif %}{% unless forloop.last %} + {% endunless %}{% endfor %}
    into {% for pool in pools %}{{ pool.cost }}, {% endfor %}v_cost, v_consumed
    from {{ actions.table }} as a
   where a.{{ actions.action }} = {{ expressions.consume.action | raw }};

  -- One of a priced action without a key is what nearly every call asks for: one test lets it through.
  if ({{ expressions.consume.quantity | raw }} = 1 and v_consumed between 1 and {{ logMax | raw }}
      and {{ expressions.consume.idempotencyKey | raw }} is null and current_setting('transaction_isolation') = 'read committed') is not true then
    if {{ expressions.consume.quantity | raw }} is null or {{ expressions.consume.quantity | raw }} < 1 then
      return '{"success": false, "error": "Quantity must be 1 or more", "code": "INVALID_QUANTITY"}';
    end if;
    if v_consumed is null then
      return format('{"success": false, "error": %s, "code": "UNKNOWN_ACTION"}',
                    to_json('Unknown action: ' || coalesce({{ expressions.consume.action | raw }}, 'null')));
    end if;
    if v_consumed = 0 then
      return format('{"success": false, "error": %s, "code": "UNPRICED_ACTION"}',
                    to_json('No pool pays for action: ' || {{ expressions.consume.action | raw }}));
    end if;
    if greatest({% for pool in pools %}{{ pool.cost }}{% unless forloop.last %}, {% endunless %}{% endfor %})::numeric * {{ expressions.consume.quantity | raw }} > {{ poolMax | raw }} or v_consumed::numeric * {{ expressions.consume.quantity | raw }} > {{ logMax | raw }} then
      return '{"success": false, "error": "Quantity is too large", "code": "QUANTITY_OVERFLOW"}';
    end if;
    {% for pool in pools -%}
    {{ pool.cost }} := {{ pool.cost }} * {{ expressions.consume.quantity | raw }};
    {% endfor -%}
    v_cost := v_cost * {{ expressions.consume.quantity | raw }};
    v_consumed := v_consumed * {{ expressions.consume.quantity | raw }};

    -- An older snapshot must not charge past a change of mode: above read committed it gets 40001 here.
    if current_setting('transaction_isolation') <> 'read committed' then
      perform from creditshift.control for share;
    end if;

    if {{ expressions.consume.idempotencyKey | raw }} is not null then
      perform from {{ balances.table }} as b where b.{{ balances.owner }} = {{ expressions.consume.organization | raw }} for no key update;
      select l.sequence, l.{{ log.consumed }}, {% for pool in pools %}l.{{ pool.consumed }}, l.{{ pool.after }}, {% endfor %}
             l.{{ log.action }} = {{ expressions.consume.action | raw }} and l.quantity = {{ expressions.consume.quantity | raw }} as same
        into v_first
        from {{ log.table }} as l
       where l.{{ log.owner }} = {{ expressions.consume.organization | raw }} and l.idempotency_key = {{ expressions.consume.idempotencyKey | raw }} and l.success;
      if found then
        if v_first.same is not true then
          return '{"success": false, "error": "This idempotency key was used for another charge", "code": "IDEMPOTENCY_CONFLICT"}';
        end if;
        v_sequence := v_first.sequence;
        v_consumed := v_first.{{ log.consumed }};
        {% for pool in pools -%}
        {{ pool.cost }} := v_first.{{ pool.consumed }};
        {{ pool.left }} := v_first.{{ pool.after }};
        {% endfor -%}
        {% render '_success' %}
        return v_answer;
      end if;
    end if;
  end if;

  loop
    {% render '_charge', organization: expressions.consume.organization %}
    if found then
      {% render '_success' %}
      {% render '_entry', entry: expressions.consume %}
      return v_answer;
    end if;
    if (select c.mode from creditshift.control as c) <> 'live' then
      return '{"success": false, "error": "Charging is paused", "code": "MAINTENANCE"}';
    end if;
    select {% for pool in pools %}{{ pool.available.b | raw }}{% unless forloop.last %}, {% endunless %}{% endfor %}
      into {% for pool in pools %}{{ pool.left }}{% unless forloop.last %}, {% endunless %}{% endfor %}
      from {{ balances.table }} as b
     where b.{{ balances.owner }} = {{ expressions.consume.organization | raw }};
    if not found then
      return '{"success": false, "error": "Unknown organization", "code": "UNKNOWN_ORGANIZATION"}';
    end if;
    -- Where credits came back between the two statements it charges again.
    exit when {% for pool in pools %}{{ pool.left }} < {{ pool.cost }}{% unless forloop.last %} or {% endunless %}{% endfor %};
  end loop;

  v_charged := {% for pool in pools %}case when {{ pool.cost }} > 0 then {{ pool.left }} else 0 end::{{ chargedType | raw }}{% unless forloop.last %} + {% endunless %}{% endfor %};
  {% render '_refusal', entry: expressions.consume %}
  return case
    {% for pool in pools %}when {{ pool.left }} < {{ pool.cost }} then
      format('{"success": false, "error": %s, "required": %s, "available": %s{% if functions.consume.compatible %}, "credits_remaining": %3$s{% endif %}, "code": "INSUFFICIENT_CREDITS"}',
             to_json('Insufficient ' || {{ pool.label | lit }} || ' credits'), {{ pool.cost }}, {{ pool.left }})
    {% endfor %}end;
end $creditshift$;

create or replace function {{ functions.home }}.consume_specific_credits(
  p_organization_id {{ key | raw }}, p_pool text, p_credits bigint, p_description text default null
) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $creditshift$
#variable_conflict use_column
declare
  v_cost     {{ legacyType | raw }};
  v_sequence bigint;
  v_consumed bigint := p_credits;
  v_charged  {{ chargedType | raw }};
  {% for pool in pools -%}
  {{ pool.cost }} {{ pool.type | raw }};
  {{ pool.left }} {{ pool.type | raw }};
  {% endfor -%}
begin
  {% render '_caller', organization: expressions.specific.organization, ownerOnly: true %}
  if p_credits is null or p_credits < 1 then
    raise exception 'Credits must be 1 or more' using errcode = '22023', hint = 'INVALID_QUANTITY';
  end if;
  if p_credits > {{ poolMax | raw }} then
    raise exception 'Credits are too many: %', p_credits using errcode = '22023', hint = 'QUANTITY_OVERFLOW';
  end if;
  select p.legacy_value::{{ legacyType | raw }} * p_credits into v_cost from creditshift.pools as p where p.pool = p_pool;
  if not found then
    raise exception 'Unknown pool: %', coalesce(p_pool, 'null') using errcode = '22023', hint = 'UNKNOWN_POOL';
  end if;
  {% for pool in pools -%}
  {{ pool.cost }} := case when p_pool = {{ pool.name | lit }} then p_credits else 0 end;
  {% endfor -%}
  if current_setting('transaction_isolation') <> 'read committed' then
    perform from creditshift.control for share;
  end if;

  {% render '_charge', organization: expressions.specific.organization %}
  if not found then
    if (select c.mode from creditshift.control as c) <> 'live' then
      raise exception 'Charging is paused' using errcode = '22023', hint = 'MAINTENANCE';
    end if;
    select {% for pool in pools %}{{ pool.available.b | raw }}{% unless forloop.last %}, {% endunless %}{% endfor %}
      into {% for pool in pools %}{{ pool.left }}{% unless forloop.last %}, {% endunless %}{% endfor %}
      from {{ balances.table }} as b where b.{{ balances.owner }} = p_organization_id;
    if not found then
      raise exception 'Unknown organization: %', coalesce(p_organization_id::text, 'null') using errcode = '22023', hint = 'UNKNOWN_ORGANIZATION';
    end if;
    raise exception 'Insufficient % credits. Available: %, Required: %', p_pool,
      case p_pool {% for pool in pools %}when {{ pool.name | lit }} then {{ pool.left }} {% endfor %}end, p_credits
      using errcode = '22023', hint = 'INSUFFICIENT_CREDITS';
  end if;
  v_charged := case p_pool {% for pool in pools %}when {{ pool.name | lit }} then {{ pool.left }} {% endfor %}end;
  {% render '_entry', entry: expressions.specific %}
  return true;
end $creditshift$;

{% render '_reverse' %}
{% render '_top_up' %}
{% render '_reset' %}
create or replace function {{ functions.home }}.get_available_credits(p_organization_id {{ key | raw }}, p_pool text) returns {{ poolType | raw }}
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $creditshift$
#variable_conflict use_column
declare
  v_available {{ poolType | raw }};
begin
  {% render '_caller', organization: expressions.specific.organization %}
  if (p_pool = any (array[{% for pool in pools %}{{ pool.name | lit }}{% unless forloop.last %}, {% endunless %}{% endfor %}])) is not true then
    raise exception 'Unknown pool: %', coalesce(p_pool, 'null') using errcode = '22023', hint = 'UNKNOWN_POOL';
  end if;
  select case p_pool {% for pool in pools %}when {{ pool.name | lit }} then {{ pool.available.b | raw }} {% endfor %}end
    into v_available
    from {{ balances.table }} as b
   where b.{{ balances.owner }} = p_organization_id;
  if not found then
    raise exception 'Unknown organization: %', coalesce(p_organization_id::text, 'null') using errcode = '22023', hint = 'UNKNOWN_ORGANIZATION';
  end if;
  return v_available;
end $creditshift$;

-- The plan of an organization's last allocation, for those who may act for it.
create or replace function creditshift.plan_of(p_organization_id {{ key | raw }}) returns text
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $creditshift$
#variable_conflict use_column
begin
  {% render '_caller', organization: expressions.specific.organization %}
  return (select a.plan from creditshift.allocations as a
           where a.organization = p_organization_id order by a.sequence desc limit 1);
exception when insufficient_privilege then
  return null;
end $creditshift$;

{% if added.size > 0 -%}
{% unless initial %}drop view {{ functions.home }}.organization_credit_summary;
{% endunless -%}
create view {{ functions.home }}.organization_credit_summary with (security_invoker = true) as
select o.{{ tenants.key }} as organization_id,
       o.{{ tenants.name }} as name,
       creditshift.plan_of(b.{{ balances.owner }}) as plan,
       {% for pool in pools %}{{ pool.available.b | raw }} as {{ pool.summary }},
       {% endfor %}{% for pool in pools %}b.{{ pool.total }}{% unless forloop.last %}::bigint + {% endunless %}{% endfor %} as total_allocated,
       {% for pool in pools %}b.{{ pool.total }} - {{ pool.available.b | raw }}{% unless forloop.last %}::bigint + {% endunless %}{% endfor %} as total_used
  from {{ tenants.table }} as o
  join {{ balances.table }} as b on b.{{ balances.owner }} = o.{{ tenants.key }};
revoke all on {{ functions.home }}.organization_credit_summary from public{% for role in functions.revoke %}, {{ role }}{% endfor %};
alter view {{ functions.home }}.organization_credit_summary owner to {{ balances.role }};
{% if live %}{% for role in functions.execute -%}
grant select on {{ functions.home }}.organization_credit_summary to {{ role }};
{% endfor %}{% endif -%}
{% endif %}
-- Whose rows a tenant's user sees by the policies of the harden step: the organizations that he may charge for.
create or replace function creditshift.own_organizations() returns setof {{ key | raw }}
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $creditshift$
declare
  v_claim text := nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> {% if functions.membership %}{{ functions.membership.claim | lit }}{% else %}{{ functions.claim | lit }}{% endif %};
  {%- if functions.membership %}
  v_user  {{ functions.membership.table }}.{{ functions.membership.user }}%type := v_claim;
  {%- endif %}
begin
  {%- if functions.membership %}
  return query select m.{{ functions.membership.organization }} from {{ functions.membership.table }} as m
                where m.{{ functions.membership.user }} = v_user and m.{{ functions.membership.organization }} is not null;
  {%- else %}
  return query select v_claim::{{ key | raw }} where v_claim is not null;
  {%- endif %}
end $creditshift$;

-- Which plan an organization gets: plan, or null and the reason. Assignment, then activity, then the plan column.
create or replace function creditshift.rule(
  p_organization {{ key | raw }}, p_value text, p_active boolean, p_trial boolean,
  out plan text, out verdict text, out reason text
) language plpgsql stable set search_path = pg_catalog, pg_temp as $creditshift$
#variable_conflict use_column
declare
  v_found   boolean := true;
  v_unknown text;
begin
  select a.plan, 'assigned' into plan, reason from creditshift.assignments as a where a.organization = p_organization;
  if not found then
    if p_active is false and exists (select from creditshift.policies as p where p.policy = 'inactive' and p.value = 'skip') then
      reason := 'inactive';
    elsif p_trial and exists (select from creditshift.policies as p where p.policy = 'trial' and p.value = 'skip') then
      reason := 'trial';
    else
      select v.plan, 'plan ' || coalesce(nullif(p_value, ''), 'none') into plan, reason
        from creditshift.plan_values as v where v.value = coalesce(p_value, '');
      v_found := found;
    end if;
  end if;
  if not v_found then
    select p.value into v_unknown from creditshift.policies as p where p.policy = 'unknown' and coalesce(p_value, '') <> '';
    plan := nullif(nullif(v_unknown, 'conflict'), 'skip');
    v_found := coalesce(v_unknown, 'conflict') <> 'conflict';
    reason := case when coalesce(p_value, '') = '' then 'no plan' else 'unknown plan ' || p_value end;
  end if;
  verdict := case when plan is not null then 'allocate' when v_found then 'skipped' else 'pending' end;
end $creditshift$;

-- What a plan gives an organization over a legacy balance, in pool order: the whole credits that it divides or carries over,
-- the credits it grants (an override wins), and those carried over beside. A fraction is dropped, a negative balance counts as 0.
-- What pools charged is no less to carry: a settlement's share in the balance is taken back.
create or replace function creditshift.entitlement(
  p_organization {{ key | raw }}, p_plan text, p_total numeric, p_remaining numeric,
  out basis bigint, out credits bigint[], out carried bigint[]
) language plpgsql stable set search_path = pg_catalog, pg_temp as $creditshift$
#variable_conflict use_column
declare
  v_terms   record;
  v_credits bigint[];
begin
  select p.policy, p.basis, p.days, array_agg(s.credits order by o.position) as credits,
         array_agg(s.weight::bigint order by o.position) as weights, array_agg(s.floor order by o.position) as floors,
         array_agg(s.carry::bigint order by o.position) as carry
    into v_terms
    from creditshift.plans as p
    join creditshift.plan_pools as s on s.plan = p.plan
    join creditshift.pools as o on o.pool = s.pool
   where p.plan = p_plan
   group by p.plan;
  if v_terms.policy is null then
    return;
  end if;
  v_credits := v_terms.credits;
  if v_terms.basis is not null then
    if v_terms.policy = 'grant' then
      p_remaining := coalesce(p_remaining, 0) - coalesce((select sum(coalesce(w.balance_after, 0) - coalesce(w.balance_before, 0))
        from creditshift.legacy_writes as w where w.organization = p_organization and w.cause = 'settlement'), 0);
    end if;
    basis := greatest(0, floor(coalesce(case v_terms.basis when 'total' then p_total else p_remaining end, 0)));
    if v_terms.policy <> 'grant' then
      v_credits := creditshift.share(basis, coalesce(
        (select u.weights from creditshift.usage as u where u.organization = p_organization and u.days = v_terms.days), v_terms.weights), v_terms.floors);
    end if;
  end if;
  if exists (select from creditshift.overrides as v where v.organization = p_organization) then
    v_credits := array(select coalesce(v.credits, v_credits[o.position]) from creditshift.pools as o
                         left join creditshift.overrides as v on v.organization = p_organization and v.pool = o.pool order by o.position);
  end if;
  credits := v_credits;
  if v_terms.policy = 'grant' and basis is not null then
    carried := array(select c.credits - v_credits[c.n]
                       from unnest(creditshift.carry(v_credits, basis, v_terms.carry)) with ordinality as c (credits, n) order by c.n);
  end if;
end $creditshift$;

{% render '_allocate', legacy: legacy %}
-- First allocation of an organization by the rules, or the record of why there is none.
create or replace function creditshift.allocate_by_rule(p_organization {{ key | raw }}) returns text
language plpgsql set search_path = pg_catalog, pg_temp as $creditshift$
#variable_conflict use_column
declare
  v_value   text;
  v_plan    text;
  v_verdict text;
  v_reason  text;
  v_buried  bigint;
begin
  -- The plan is read under the row's lock, so that it is not an older one than the balance.
  perform from {{ balances.table }} as b where b.{{ balances.owner }} = p_organization for no key update;
  select {{ rule.value | raw }}, r.plan, r.verdict, r.reason into v_value, v_plan, v_verdict, v_reason
    from {{ balances.table }} as b
    cross join lateral creditshift.rule(b.{{ balances.owner }}, {{ rule.value | raw }}, {{ rule.active | raw }}, {{ rule.trial | raw }}) as r
   where b.{{ balances.owner }} = p_organization and b.last_sequence = 0;
  if not found then
    return 'nothing to do';
  end if;
  -- A key that was charged and deleted before goes on with its numbers.
  select max(a.sequence) into v_buried from creditshift.allocations as a where a.organization = p_organization and a.kind = 'deletion';
  if v_buried is not null then
    update {{ balances.table }} as b set last_sequence = v_buried where b.{{ balances.owner }} = p_organization;
  end if;
  if v_verdict = 'allocate' then
    perform creditshift.allocate(p_organization, v_plan, case when v_buried is null then 'migration' else 'plan change' end, v_reason, false);
  else
    insert into creditshift.exceptions (organization, kind, plan_value, reason)
    values (p_organization, v_verdict, v_value, v_reason)
        on conflict (organization) do update
       set kind = excluded.kind, plan_value = excluded.plan_value, reason = excluded.reason, at = excluded.at;
  end if;
  return v_verdict;
end $creditshift$;

-- Allocates once, by name of the plan; for the owner and the roles that act for all.
create or replace function {{ functions.home }}.allocate_plan_credits(p_organization_id {{ key | raw }}, p_plan text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $creditshift$
begin
  {% render '_caller', organization: expressions.specific.organization, ownerOnly: true %}
  perform creditshift.allocate(p_organization_id, p_plan, 'migration', 'allocate_plan_credits', false);
end $creditshift$;

-- Allocates again where the plan, or the balance that a split divides, changed since the last allocation.
-- Looks at legacy writes of transactions from p_since on, for organizations after p_after in the order of their keys, until
-- it came to p_limit that need it; returns how many these were, and the last. One that cannot be allocated is recorded as
-- failed, and looked at again by every later pass.
create or replace function creditshift.catch_up(
  p_since xid8, p_after {{ key | raw }}, p_limit integer, out served integer, out last_key {{ key | raw }}
) language plpgsql set search_path = pg_catalog, pg_temp as $creditshift$
#variable_conflict use_column
declare
  v_now record;
begin
  served := 0;
  for last_key in
    select b.{{ balances.owner }}
      from (select distinct w.organization from creditshift.legacy_writes as w
             where w.cause is null and (p_since is null or w.xid >= p_since) and (p_after is null or w.organization > p_after)
               -- Charges alone, and no plan divides a balance: then there is nothing to look at.
               and (w.plan_before is distinct from w.plan_after
                    or w.balance_before is distinct from w.balance_after and exists (select from creditshift.plans as p where p.basis = 'remaining')
                    or w.total_before is distinct from w.total_after and exists (select from creditshift.plans as p where p.basis = 'total'))
            union
            select e.organization from creditshift.exceptions as e
             where e.kind = 'failed' and (p_after is null or e.organization > p_after)) as changed
      join {{ balances.table }} as b on b.{{ balances.owner }} = changed.organization
      left join lateral (select a.plan, a.event from creditshift.allocations as a
                          where a.organization = changed.organization and a.kind not in ('top-up', 'reversal', 'reset', 'opening')
                          order by a.sequence desc limit 1) as last on true
      cross join lateral creditshift.rule(b.{{ balances.owner }}, {{ rule.value | raw }}, {{ rule.active | raw }}, {{ rule.trial | raw }}) as r
      left join creditshift.plans as p on p.plan = r.plan
     where (p.plan is not null and r.plan is distinct from last.plan
            or exists (select from creditshift.exceptions as e where e.organization = changed.organization and e.kind = 'failed')
            or exists (select from creditshift.legacy_writes as w
                        where w.organization = changed.organization and w.cause is null and w.event > last.event
                          and (p.basis = 'remaining' and w.balance_before is distinct from w.balance_after
                            or p.basis = 'total' and w.total_before is distinct from w.total_after)))
       -- A downgrade that was deferred waits for a person, not for the next look.
       and (last.plan is null
            or not exists (select from creditshift.exceptions as e
                            where e.organization = changed.organization and e.kind = 'pending' and e.plan_value = r.plan))
     order by changed.organization
     limit p_limit
  loop
    served := served + 1;
    -- Under the row's lock it is looked at again: it may be gone by now, or made anew.
    perform from {{ balances.table }} as b where b.{{ balances.owner }} = last_key for no key update;
    select r.plan, p.policy, exists (select from creditshift.allocations as a where a.organization = last_key) as allocated
      into v_now
      from {{ balances.table }} as b
      cross join lateral creditshift.rule(b.{{ balances.owner }}, {{ rule.value | raw }}, {{ rule.active | raw }}, {{ rule.trial | raw }}) as r
      left join creditshift.plans as p on p.plan = r.plan
     where b.{{ balances.owner }} = last_key;
    continue when not found;
    begin
      if not v_now.allocated then
        perform creditshift.allocate_by_rule(last_key);
      elsif v_now.plan is null then
        delete from creditshift.exceptions as e where e.organization = last_key;
      else
        perform creditshift.allocate(last_key, v_now.plan, 'recalculation', 'legacy balance or plan changed', v_now.policy = 'grant');
      end if;
    exception when others then
      -- What the data of a row raises, or the user's own triggers and constraints, stops no other row: src/steps/allocate/failures.ts.
      if sqlstate !~ '^(21|22|23|27|38|39|44|P0)' then
        raise;
      end if;
      insert into creditshift.exceptions (organization, kind, reason)
      values (last_key, 'failed', format('%s (SQLSTATE %s)', sqlerrm, sqlstate))
          on conflict (organization) do update set kind = excluded.kind, reason = excluded.reason, at = excluded.at;
    end;
  end loop;
end $creditshift$;

-- After an insert into the balance table: pools by plan. Never fails the insert: what it cannot decide it records.
create or replace function creditshift.on_new_organization() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $creditshift$
begin
  perform creditshift.allocate_by_rule(new.{{ balances.owner }});
  return null;
exception when others then
  begin
    insert into creditshift.exceptions (organization, kind, reason) values (new.{{ balances.owner }}, 'pending', sqlerrm)
        on conflict (organization) do nothing;
  exception when others then
    raise warning 'creditshift could not record organization %: %', new.{{ balances.owner }}, sqlerrm;
  end;
  return null;
end $creditshift$;

-- After a delete from the balance table: what was never spent needs no proof, so its entries go too, and a row made anew
-- begins anew. Who was charged, or paid, leaves the entries and a tombstone. Never fails the delete.
create or replace function creditshift.on_deleted_organization() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $creditshift$
declare
  v_settled bigint := coalesce((select s.through_sequence from creditshift.settled as s where s.organization = old.{{ balances.owner }}), 0);
begin
  if (select c.mode from creditshift.control as c) = 'legacy'
     or not exists (select from {{ log.table }} as l where l.{{ log.owner }} = old.{{ balances.owner }} and l.sequence is not null)
        and not exists (select from creditshift.allocations as a where a.organization = old.{{ balances.owner }} and a.kind in ('top-up', 'opening')) then
    delete from creditshift.allocations as a where a.organization = old.{{ balances.owner }};
  else
    insert into creditshift.allocations (
      organization, sequence, kind, reason, legacy_delta,
      {% for pool in pools %}{{ pool.allocation.before }}, {{ pool.allocation.forfeited }}{% unless forloop.last %}, {% endunless %}{% endfor %}
    )
    select old.{{ balances.owner }}, old.last_sequence + 1, 'deletion',
           format('deleted by %s (%s)', case current_setting('role') when 'none' then session_user else current_setting('role') end,
                  coalesce(nullif(current_setting('application_name'), ''), 'no name')),
           - coalesce(sum(unsettled.legacy_delta), 0),
           {% for pool in pools %}{{ pool.available.old | raw }}, {{ pool.available.old | raw }}{% unless forloop.last %}, {% endunless %}{% endfor %}
      from (select l.legacy_delta from {{ log.table }} as l
             where l.{{ log.owner }} = old.{{ balances.owner }} and l.sequence > v_settled
            union all
            select a.legacy_delta from creditshift.allocations as a
             where a.organization = old.{{ balances.owner }} and a.sequence > v_settled) as unsettled;
    -- Nor does a key that comes back pay what this one's balance could not.
    update creditshift.settled as s set shortfall = 0 where s.organization = old.{{ balances.owner }} and s.shortfall > 0;
  end if;
  delete from creditshift.exceptions as e where e.organization = old.{{ balances.owner }};
  return null;
exception when others then
  raise warning 'creditshift could not forget organization %: %', old.{{ balances.owner }}, sqlerrm;
  return null;
end $creditshift$;

-- Whether a write to the unified balance may be: not since the cutover where the policy refuses it, and not spent while paused.
create or replace function creditshift.admits_legacy_write(p_organization {{ key | raw }}, p_before numeric, p_after numeric) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $creditshift$
declare
  v_mode text;
begin
  -- An older snapshot must not write past a change of mode.
  if current_setting('transaction_isolation') <> 'read committed' then
    perform from creditshift.control for share;
  end if;
  v_mode := (select c.mode from creditshift.control as c);
  if v_mode in ('live', 'maintenance')
     and (select p.value from creditshift.policies as p where p.policy = 'lateWrites') = 'refuse'
     and exists (select from creditshift.history as h where h.step = '090_cutover') then
    raise exception 'The unified balance takes no writes: since the cutover credits are in pools'
          using errcode = '22023', hint = 'LATE_WRITE',
                detail = format('organization %s, from %s to %s, by %s (%s)', p_organization, p_before, p_after,
                                case current_setting('role') when 'none' then session_user else current_setting('role') end,
                                coalesce(nullif(current_setting('application_name'), ''), 'no name'));
  end if;
  -- While charging is paused the legacy function spends nothing either.
  if v_mode = 'maintenance' and p_after < p_before then
    raise exception 'Charging is paused' using errcode = '22023', hint = 'MAINTENANCE';
  end if;
  return true;
end $creditshift$;

-- After a write to a legacy column: who, what, and whether it was old code after the cutover. One statement, and while the
-- legacy function is at work not a question more: every call of it pays this.
create or replace function creditshift.on_legacy_write() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $creditshift$
begin
  insert into creditshift.legacy_writes (
    organization, balance_before, balance_after, total_before, total_after, plan_before, plan_after, role, application, cause, mode
  ) select new.{{ balances.owner }}, {{ balances.value.old | raw }}, {{ balances.value.new | raw }},
           {{ writes.totalBefore | raw }}, {{ writes.totalAfter | raw }}, {{ writes.planBefore | raw }}, {{ writes.planAfter | raw }},
           case current_setting('role') when 'none' then session_user else current_setting('role') end,
           current_setting('application_name'), nullif(current_setting('creditshift.cause', true), ''), c.mode
      from creditshift.control as c
     where case
             when c.mode in ('legacy', 'disabled') and current_setting('transaction_isolation') = 'read committed' then true
             -- Settlement and restore say their cause; a plan may change at any time.
             when current_setting('creditshift.cause', true) <> '' then true
             when {{ balances.value.old | raw }} is not distinct from {{ balances.value.new | raw }}
                  and {{ writes.totalBefore | raw }} is not distinct from {{ writes.totalAfter | raw }} then true
             else creditshift.admits_legacy_write(new.{{ balances.owner }}, {{ balances.value.old | raw }}, {{ balances.value.new | raw }})
           end;
  return null;
end $creditshift$;

{% if initial -%}
-- Nobody may call any of them yet; all belong to the balance table's owner, with whose rights some of them run.
{% for function in internalFunctions -%}
revoke all on function creditshift.{{ function.name }}({{ function.types | raw }}) from public{% for role in functions.revoke %}, {{ role }}{% endfor %};
alter function creditshift.{{ function.name }}({{ function.types | raw }}) owner to {{ balances.role }};
{% endfor -%}
{% endif %}
