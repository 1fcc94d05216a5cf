  -- The table's lock before the row's: a switch then never waits for this call while this call waits for the switch.
  lock table {{ balances.table }} in row exclusive mode;
  if current_setting('transaction_isolation') <> 'read committed' then
    perform from creditshift.control for share;
  end if;
  select {% for pool in pools %}{{ pool.available.b | raw }}, b.{{ pool.total }}{% unless forloop.last %}, {% endunless %}{% endfor %}
    into {% for pool in pools %}{{ pool.left }}, {{ pool.sum }}{% unless forloop.last %}, {% endunless %}{% endfor %}
    from {{ balances.table }} as b
   where b.{{ balances.owner }} = p_organization_id
     for no key update;
  if not found then
    raise exception 'Unknown organization: %', coalesce(p_organization_id::text, 'null') using errcode = '22023', hint = 'UNKNOWN_ORGANIZATION';
  end if;
  select a.plan, {% for pool in pools %}coalesce(a.{{ pool.allocation.extra }}, 0){% unless forloop.last %}, {% endunless %}{% endfor %}
    into v_plan, {% for pool in pools %}{{ pool.extra }}{% unless forloop.last %}, {% endunless %}{% endfor %}
    from creditshift.allocations as a
   where a.organization = p_organization_id
   order by a.sequence desc limit 1;
