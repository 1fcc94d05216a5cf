-- Begins a cycle, once: each pool has again what the plan gave, and what is left of its extra credits. The plan's credits
-- are spent before the extra ones.
create or replace function {{ functions.home }}.reset_cycle(p_organization_id {{ key | raw }}, p_period date) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $creditshift$
#variable_conflict use_column
declare
  v_reference text := to_char(p_period, 'YYYY-MM-DD');
  v_reason    text := format('cycle of %s', v_reference);
  v_delta     {{ legacyType | raw }} := 0;
  v_first     record;
  v_sequence  bigint;
  {% render '_row_variables' %}
begin
  {% render '_caller', organization: expressions.specific.organization, ownerOnly: true %}
  if (p_period between '0001-01-01' and '9999-12-31') is not true then
    raise exception 'A cycle begins on a day' using errcode = '22023', hint = 'INVALID_PERIOD';
  end if;
  {% render '_row' %}
  select a.sequence, a.reference into v_first
    from creditshift.allocations as a
   where a.organization = p_organization_id and a.kind = 'reset' and a.reference collate "C" >= v_reference
   order by a.reference collate "C" limit 1;
  if v_first.reference = v_reference then
    return v_first.sequence;
  end if;
  if v_first.reference > v_reference then
    raise exception 'A later cycle has begun: %', v_first.reference using errcode = '22023', hint = 'PERIOD_PASSED';
  end if;
  if v_plan is null then
    raise exception 'Organization % has no pools yet', p_organization_id using errcode = '22023', hint = 'NOT_ALLOCATED';
  end if;
  {% for pool in pools -%}
  {{ pool.sum }} := {{ pool.sum }} - {{ pool.extra }};
  {{ pool.extra }} := least({{ pool.extra }}, {{ pool.left }});
  {{ pool.sum }} := {{ pool.sum }} + {{ pool.extra }};
  {{ pool.cost }} := {{ pool.sum }} - {{ pool.left }};
  {% endfor %}
{% render '_grant', kind: 'reset' %}
  return v_sequence;
end $creditshift$;
