-- unsettled: the next organizations to settle, and about how many entries each has. $1 key before them, $2 how many.
select u.organization::text as organization, u.entries::integer as entries
  from (
    {% render '_unsettled' %}
       and ($1::{{ key | raw }} is null or b.{{ balances.owner }} > $1)
  ) as u
 order by u.organization
 limit $2;
