-- Adds paid credits to a pool, once a payment. A reset and a plan change keep what is left of them.
create or replace function {{ functions.home }}.top_up_credits(
  p_organization_id {{ key | raw }}, p_pool text, p_credits bigint, p_payment_reference text
) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $creditshift$
#variable_conflict use_column
declare
  v_reference text := p_payment_reference;
  v_reason    text := format('%s %s paid', p_credits, p_pool);
  v_delta     {{ legacyType | raw }};
  v_first     record;
  v_value     bigint;
  v_sequence  bigint;
  {% render '_row_variables' %}
begin
  {% render '_caller', organization: expressions.specific.organization, ownerOnly: true %}
  if p_credits is null or p_credits < 1 then
    raise exception 'Credits must be 1 or more' using errcode = '22023', hint = 'INVALID_QUANTITY';
  end if;
  if coalesce(trim(p_payment_reference), '') = '' then
    raise exception 'A top-up needs the reference of its payment' using errcode = '22023', hint = 'INVALID_REFERENCE';
  end if;
  select p.legacy_value into v_value from creditshift.pools as p where p.pool = p_pool;
  if not found then
    raise exception 'Unknown pool: %', coalesce(p_pool, 'null') using errcode = '22023', hint = 'UNKNOWN_POOL';
  end if;
  {% render '_row' %}
  select a.sequence, case p_pool {% for pool in pools %}when {{ pool.name | lit }} then a.{{ pool.allocation.granted }} {% endfor %}end = p_credits as same
    into v_first
    from creditshift.allocations as a
   where a.organization = p_organization_id and a.kind = 'top-up' and a.reference = p_payment_reference;
  if found then
    if v_first.same is not true then
      raise exception 'This payment was used for another top-up' using errcode = '22023', hint = 'IDEMPOTENCY_CONFLICT';
    end if;
    return v_first.sequence;
  end if;
  if v_plan is null then
    raise exception 'Organization % has no pools yet', p_organization_id using errcode = '22023', hint = 'NOT_ALLOCATED';
  end if;
  if p_credits > {{ poolMax | raw }} - (case p_pool {% for pool in pools %}when {{ pool.name | lit }} then {{ pool.sum }} {% endfor %}end)
     or v_value::numeric * p_credits > 9223372036854775807 then
    raise exception 'Credits are too many: %', p_credits using errcode = '22023', hint = 'QUANTITY_OVERFLOW';
  end if;
  {% for pool in pools -%}
  {{ pool.cost }} := case when p_pool = {{ pool.name | lit }} then p_credits else 0 end;
  {{ pool.sum }} := {{ pool.sum }} + {{ pool.cost }};
  {{ pool.extra }} := {{ pool.extra }} + {{ pool.cost }};
  {% endfor %}
  v_delta := v_value * p_credits;
{% render '_grant', kind: 'top-up' %}
  return v_sequence;
end $creditshift$;
