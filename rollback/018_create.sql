-- inverse of create: the tables that the toolkit made go. What was logged is in the archive that drop writes before it.
{% if log.made -%}
drop table {{ log.table }};
{% endif -%}
{% if actions.made -%}
drop table {{ actions.table }};
{% endif -%}
