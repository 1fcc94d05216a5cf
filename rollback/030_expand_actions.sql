-- inverse of expand-actions: the actions that it added go, the others keep their legacy cost. One that the log refers
-- to by a foreign key stays, or its entries would go with it.
delete from {{ actions.table }} as a
 using creditshift.added_actions as n
 where a.{{ actions.action }} = n.action
   and not (exists (select from pg_constraint as k
                     where k.contype = 'f' and k.conrelid = {{ log.table | lit }}::regclass and k.confrelid = {{ actions.table | lit }}::regclass)
            and exists (select from {{ log.table }} as l where l.{{ log.action }} = n.action));
delete from creditshift.added_actions;
-- A table with deferred constraints waiting for the commit cannot be altered.
set constraints all immediate;
{% for pool in pools -%}
alter table {{ actions.table }} drop column {{ pool.required }};
{% endfor %}
