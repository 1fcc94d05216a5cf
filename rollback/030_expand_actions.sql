-- inverse of expand-actions: the actions that it added go, the others keep their legacy cost.
delete from {{ actions.table }} where {{ actions.action }} in (select action from creditshift.added_actions);
delete from creditshift.added_actions;
{% for pool in pools -%}
alter table {{ actions.table }} drop column {{ pool.required }};
{% endfor %}
