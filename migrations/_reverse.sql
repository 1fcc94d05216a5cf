-- Gives a charge back whose provider failed: all that is left of its quantity, or a part. A quantity divides every amount
-- of its charge without a rest, and the entry is one of the log, with negative amounts and the charge's legacy cost
-- turned round. Where a reset or a plan change has filled the pool since, an allocation before it makes room.
create or replace function {{ functions.home }}.reverse_credits(
  p_organization_id {{ key | raw }}, p_entry bigint, p_quantity bigint default null, p_idempotency_key text default null, p_reason text default null
) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $creditshift$
#variable_conflict use_column
declare
  v_charge   record;
  v_first    record;
  v_quantity bigint;
  v_rest     bigint;
  v_cost     {{ legacyType | raw }};
  v_consumed bigint;
  v_charged  {{ chargedType | raw }};
  v_sequence bigint;
  v_room     boolean;
  {% render '_row_variables' %}
begin
  {% render '_caller', organization: expressions.specific.organization, ownerOnly: true %}
  if p_quantity < 1 then
    raise exception 'Quantity must be 1 or more' using errcode = '22023', hint = 'INVALID_QUANTITY';
  end if;
  {% render '_row' %}
  if p_idempotency_key is not null then
    select l.sequence, r.entry = p_entry and coalesce(p_quantity, r.quantity) = r.quantity as same
      into v_first
      from {{ log.table }} as l
      left join creditshift.reversals as r on r.organization = p_organization_id and r.entry = p_entry and r.sequence = l.sequence
     where l.{{ log.owner }} = p_organization_id and l.idempotency_key = p_idempotency_key and l.success;
    if found then
      if v_first.same is not true then
        raise exception 'This idempotency key was used for another entry' using errcode = '22023', hint = 'IDEMPOTENCY_CONFLICT';
      end if;
      return v_first.sequence;
    end if;
  end if;

  -- What was charged before the organization was deleted went with it.
  select l.{{ log.action }}, l.{{ log.user }}, l.quantity, l.{{ log.consumed }}, l.legacy_delta, {% for pool in pools %}l.{{ pool.consumed }}{% unless forloop.last %}, {% endunless %}{% endfor %}
    into v_charge
    from {{ log.table }} as l
   where l.{{ log.owner }} = p_organization_id and l.sequence = p_entry and l.quantity > 0
     and not exists (select from creditshift.allocations as a
                      where a.organization = p_organization_id and a.kind = 'deletion' and a.sequence > p_entry);
  if not found then
    raise exception 'Entry % is no charge of this organization', coalesce(p_entry::text, 'null') using errcode = '22023', hint = 'UNKNOWN_ENTRY';
  end if;
  select v_charge.quantity - coalesce(sum(r.quantity), 0) into v_rest
    from creditshift.reversals as r where r.organization = p_organization_id and r.entry = p_entry;
  v_quantity := coalesce(p_quantity, v_rest);
  if v_rest = 0 or v_quantity > v_rest then
    raise exception 'Of entry % there is % left to reverse, of %', p_entry, v_rest, v_charge.quantity using errcode = '22023', hint = 'ALREADY_REVERSED';
  end if;
  {% for pool in pools -%}
  {{ pool.cost }} := - (v_charge.{{ pool.consumed }} / v_charge.quantity * v_quantity);
  {% endfor -%}
  v_consumed := - (v_charge.{{ log.consumed }} / v_charge.quantity * v_quantity);
  v_cost := trim_scale(v_charge.legacy_delta / v_charge.quantity * v_quantity);
  if {% for pool in pools %}{{ pool.left }}::numeric - {{ pool.cost }} > {{ poolMax | raw }}{% unless forloop.last %} or {% endunless %}{% endfor %} then
    raise exception 'Entry % is more than the pool can hold', p_entry using errcode = '22023', hint = 'QUANTITY_OVERFLOW';
  end if;
  v_room := {% for pool in pools %}{{ pool.left }} - {{ pool.cost }} > {{ pool.sum }}{% unless forloop.last %} or {% endunless %}{% endfor %};

  update {{ balances.table }} as b
     set {% for pool in pools %}{{ pool.counter }} = {{ pool.counts.reverse | raw }},
         {{ pool.total }} = greatest({{ pool.sum }}, {{ pool.left }} - {{ pool.cost }}),
         {% endfor %}last_sequence = b.last_sequence + case when v_room then 2 else 1 end,
         last_updated = now()
{% render '_live' %}
  if v_room then
    insert into creditshift.allocations (
      organization, sequence, kind, plan, reason,
      {% for pool in pools %}{{ pool.allocation.before }}, {{ pool.allocation.after }}, {{ pool.allocation.extra }}{% unless forloop.last %},
      {% endunless %}{% endfor %}
    ) values (
      p_organization_id, v_sequence - 1, 'reversal', v_plan, format('entry %s is reversed into a full pool', p_entry),
      {% for pool in pools %}{{ pool.left }}, {{ pool.left }}, {{ pool.extra }} + greatest(0, {{ pool.left }} - {{ pool.cost }} - {{ pool.sum }}){% unless forloop.last %},
      {% endunless %}{% endfor %}
    );
  end if;
  {% for pool in pools -%}
  {{ pool.left }} := {{ pool.left }} - {{ pool.cost }};
  {% endfor -%}
  v_charged := {% for pool in pools %}case when {{ pool.cost }} < 0 then {{ pool.left }} else 0 end::{{ chargedType | raw }}{% unless forloop.last %} + {% endunless %}{% endfor %};
  {% render '_entry', entry: expressions.reversal %}
  insert into creditshift.reversals (organization, entry, sequence, quantity) values (p_organization_id, p_entry, v_sequence, v_quantity);
  return v_sequence;
end $creditshift$;
