-- create: the price list and the log that the database lacks. They belong to the owner of the balances, whose functions
-- read and write them; nobody else reaches them, until harden lets tenants' users see their own entries.
-- Locks nothing of yours.
set local role {{ balances.role }};
{% if actions.made %}
create table {{ actions.table }} (
  {{ actions.action }} text primary key,
  {{ actions.cost }} {{ legacyType | raw }} not null check ({{ actions.cost }} >= 0),
  {{ actions.description }} text
);
alter table {{ actions.table }} enable row level security;
revoke all on {{ actions.table }} from public{% for role in functions.revoke %}, {{ role }}{% endfor %};
{% endif %}
{% if log.made -%}
-- No foreign key: an entry outlives its organization.
create table {{ log.table }} (
  id bigint generated always as identity primary key,
  {{ log.owner }} {{ key | raw }} not null,
  {{ log.action }} text not null,
  {{ log.consumed }} bigint not null,
  {{ log.before }} {{ chargedType | raw }} not null,
  {{ log.after }} {{ chargedType | raw }} not null,
  {{ log.outcome }} text not null,
  {{ log.user }} {{ userType | raw }},
  {{ log.metadata }} {{ metadataType | raw }},
  {{ log.at }} timestamptz not null default now()
);
create index on {{ log.table }} ({{ log.owner }}, {{ log.at }});
create index on {{ log.table }} ({{ log.at }});
alter table {{ log.table }} enable row level security;
revoke all on {{ log.table }} from public{% for role in functions.revoke %}, {{ role }}{% endfor %};
-- The sequence of its key has privileges of its own, which a default may have given away.
do $creditshift$
declare
  v_sequence regclass := pg_get_serial_sequence({{ log.table | lit }}, 'id');
  v_role     text;
begin
  foreach v_role in array array['public'{% for role in functions.revoke %}, {{ role | lit }}{% endfor %}] loop
    execute format('revoke all on sequence %s from %I', v_sequence, v_role);
  end loop;
end $creditshift$;
{% endif %}
reset role;
