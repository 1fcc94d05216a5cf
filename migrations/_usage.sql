-- What each organization used of each pool in the last so many days, as weights in ten-thousandths: largest remainder, ties
-- in configured order. Read in one pass over the log; an action's legacy credits are parted as its pools are charged.
-- An organization without use has no row.
with spent as (
  select l.{{ usageLog.owner }} as organization, l.{{ usageLog.action }}::text as action, {% if usageLog.outcome %}l.{{ usageLog.outcome }}::text{% else %}null{% endif %} as outcome,
         {% for window in windows %}sum({% if logExpanded %}coalesce(- l.legacy_delta, l.{{ usageLog.consumed }}){% else %}l.{{ usageLog.consumed }}{% endif %}) filter (where l.{{ usageLog.at }} > now() - make_interval(days => {{ window.days | lit }}))::numeric as {{ window.spent }}{% unless forloop.last %},
         {% endunless %}{% endfor %}
    from {{ usageLog.table }} as l
   where l.{{ usageLog.at }} > now() - make_interval(days => {{ longest | lit }})
   group by 1, 2, 3
), parts (action, pool, part) as (
  values {% for share in usedShares %}({{ share.action | lit }}, {{ share.position | lit }}, {{ share.part | lit }}::numeric){% unless forloop.last %},
         {% endunless %}{% endfor %}
), used as (
  select s.organization, w.days, p.pool, greatest(0, sum(w.spent * p.part)) as used
    from spent as s
    join parts as p on p.action = s.action
    cross join lateral (values {% for window in windows %}({{ window.days | lit }}, s.{{ window.spent }}){% unless forloop.last %}, {% endunless %}{% endfor %}) as w (days, spent)
   where s.organization is not null
     and w.spent <> 'NaN'
     and s.outcome !~* '(fail|refus|reject|den(y|ied)|insufficient|error|false)' is not false
   group by 1, 2, 3
), quota as (
  select organization, days, pool, div(10000 * used, whole) as quota, mod(10000 * used, whole) as remainder
    from (select *, sum(used) over (partition by organization, days) as whole from used) as u
   where whole > 0
), weighed as (
  select organization, days, pool,
         quota + (row_number() over (partition by organization, days order by remainder desc, pool)
                  <= 10000 - sum(quota) over (partition by organization, days))::integer as weight
    from quota
)
select organization, days,
       array[{% for pool in pools %}coalesce(sum(weight) filter (where pool = {{ pool.position | lit }}), 0){% unless forloop.last %}, {% endunless %}{% endfor %}]::bigint[] as weights
  from weighed group by organization, days
