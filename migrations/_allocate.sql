-- One allocation of one organization: balance row and ledger row together. What is in use is kept when asked to, and what
-- is left of extra credits always; p_pools limits it to some pools. Returns the entry's number, or null where the downgrade policy defers it.
create or replace function creditshift.allocate(
  p_organization {{ key | raw }}, p_plan text, p_kind text, p_reason text, p_keep_usage boolean, p_pools text[] default null
) returns bigint
language plpgsql set search_path = pg_catalog, pg_temp as $creditshift$
#variable_conflict use_column
declare
  v_row       {{ balances.table }}%rowtype;
  v_plan      creditshift.plans%rowtype;
  v_target    bigint[];
  v_sequence  bigint;
  v_entitled  record;
  v_kept      bigint;
  v_carried   bigint[];
  v_used      bigint;
  v_downgrade text;
  {% for pool in pools -%}
  {{ pool.left }} bigint;
  {{ pool.extra }} bigint;
  {% endfor -%}
begin
  select * into v_plan from creditshift.plans where plan = p_plan;
  if not found then
    raise exception 'Unknown plan: %', coalesce(p_plan, 'null') using errcode = '22023', hint = 'UNKNOWN_PLAN';
  end if;
  select * into v_row from {{ balances.table }} as b where b.{{ balances.owner }} = p_organization for no key update;
  if not found then
    raise exception 'Unknown organization: %', coalesce(p_organization::text, 'null') using errcode = '22023', hint = 'UNKNOWN_ORGANIZATION';
  end if;
  if p_kind = 'migration' and v_row.last_sequence > 0 then
    raise exception 'Already allocated: %', p_organization using errcode = '22023', hint = 'ALREADY_ALLOCATED';
  end if;
  select * into v_entitled from creditshift.entitlement(p_organization, p_plan, {{ legacy.total | raw }}, {{ legacy.balance | raw }});
  v_target := v_entitled.credits;
  select {% for pool in pools %}a.{{ pool.allocation.extra }}{% unless forloop.last %}, {% endunless %}{% endfor %}
    into {% for pool in pools %}{{ pool.extra }}{% unless forloop.last %}, {% endunless %}{% endfor %}
    from creditshift.allocations as a where a.organization = p_organization order by a.sequence desc limit 1;
  -- The unified balance is carried over once: with the migration, and again where it changed before a cutover. A plan change
  -- keeps what was carried; so does one found on the way forward after disable, where the new plan carries nothing.
  if p_kind <> 'migration' then
    select array[{% for pool in pools %}coalesce(a.{{ pool.allocation.carried }}, 0){% unless forloop.last %}, {% endunless %}{% endfor %}] into v_carried
      from creditshift.allocations as a
     where a.organization = p_organization and a.kind not in ('top-up', 'reversal', 'reset', 'opening') order by a.sequence desc limit 1;
  end if;
  if p_kind not in ('migration', 'recalculation')
     or p_kind = 'recalculation' and v_entitled.carried is null and (select c.mode from creditshift.control as c) <> 'legacy' then
    v_entitled.carried := v_carried;
    v_entitled.basis := case when v_plan.policy <> 'grant' then v_entitled.basis end;
  end if;
  select value into v_downgrade from creditshift.policies where policy = 'downgrade';
  {% for pool in pools -%}
  if {{ pool.name | lit }} = any (p_pools) is not false then
    -- The plan's credits are spent before the extra ones; an unlimited pool has no room for these.
    v_used := v_row.{{ pool.total }} - coalesce({{ pool.extra }}, 0) - {{ pool.available.row | raw }};
    v_kept := least(coalesce({{ pool.extra }}, 0), {{ pool.available.row | raw }});
    v_used := case when p_keep_usage then v_used + v_kept else 0 end;
    if v_used > v_target[{{ pool.position | lit }}] and v_downgrade = 'refuse' then
      raise exception 'Plan % gives % % credits, % are in use', p_plan, v_target[{{ pool.position | lit }}], {{ pool.name | lit }}, v_used
        using errcode = '22023', hint = 'DOWNGRADE_REFUSED';
    elsif v_used > v_target[{{ pool.position | lit }}] and v_downgrade = 'defer' then
      insert into creditshift.exceptions (organization, kind, plan_value, reason)
      values (p_organization, 'pending', p_plan, 'downgrade to ' || p_plan || ' deferred: more is in use')
          on conflict (organization) do update set kind = excluded.kind, plan_value = excluded.plan_value, reason = excluded.reason, at = excluded.at;
      return null;
    end if;
    {{ pool.extra }} := greatest(0, v_kept + coalesce(v_entitled.carried[{{ pool.position | lit }}], 0) - coalesce(v_carried[{{ pool.position | lit }}], 0));
    {{ pool.extra }} := least({{ pool.extra }}, greatest(0, {{ poolMax | raw }} - v_target[{{ pool.position | lit }}]));
    {{ pool.left }} := greatest(0, v_target[{{ pool.position | lit }}] - v_used) + {{ pool.extra }};
    v_target[{{ pool.position | lit }}] := v_target[{{ pool.position | lit }}] + {{ pool.extra }};
  else
    {{ pool.left }} := {{ pool.available.row | raw }};
    v_target[{{ pool.position | lit }}] := v_row.{{ pool.total }};
  end if;
  {% endfor %}
  update {{ balances.table }} as b
     set {% for pool in pools %}{{ pool.counter }} = {{ pool.counts.allocate | raw }},
         {{ pool.total }} = v_target[{{ pool.position | lit }}],
         {% endfor %}last_sequence = b.last_sequence + 1,
         last_updated = now()
   where b.{{ balances.owner }} = p_organization
  returning b.last_sequence into v_sequence;
  insert into creditshift.allocations (
    organization, sequence, kind, plan, reason, legacy_before, basis,
    {% for pool in pools %}{{ pool.allocation.before }}, {{ pool.allocation.granted }}, {{ pool.allocation.forfeited }}, {{ pool.allocation.after }}, {{ pool.allocation.extra }}, {{ pool.allocation.carried }}{% unless forloop.last %},
    {% endunless %}{% endfor %}
  ) values (
    p_organization, v_sequence, p_kind, p_plan,
    p_reason || coalesce((select format('; %s by override', string_agg(format('%s %s', o.pool, v.credits), ', ' order by o.position))
                            from creditshift.overrides as v join creditshift.pools as o on o.pool = v.pool
                           where v.organization = p_organization and p_kind <> 'pool' having count(*) > 0), ''),
    {{ legacy.balance | raw }}, v_entitled.basis,
    {% for pool in pools %}{{ pool.available.row | raw }}, greatest(0, {{ pool.left }} - {{ pool.available.row | raw }}), greatest(0, {{ pool.available.row | raw }} - {{ pool.left }}), {{ pool.left }}, {{ pool.extra }}, v_entitled.carried[{{ pool.position | lit }}]{% unless forloop.last %},
    {% endunless %}{% endfor %}
  );
  delete from creditshift.exceptions where organization = p_organization;
  return v_sequence;
end $creditshift$;
