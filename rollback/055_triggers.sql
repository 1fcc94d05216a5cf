-- inverse of triggers. Balance rows that the allocation made go too, where nobody used them: as they were made, never
-- charged, and nothing refers to their table.
drop trigger creditshift_new_organization on {{ balances.table }};
drop trigger creditshift_deleted_organization on {{ balances.table }};
drop trigger creditshift_legacy_write on {{ balances.table }};
delete from creditshift.legacy_functions;
delete from creditshift.legacy_writes;
delete from {{ balances.table }} as b
 using creditshift.added_balances as n
 where b.{{ balances.owner }} = n.organization
   and to_jsonb(b) - {{ balances.added | raw }} = n.found
   and not exists (select from {{ log.table }} as l where l.{{ log.owner }} = n.organization)
   and not exists (select from pg_constraint as k where k.contype = 'f' and k.confrelid = {{ balances.table | lit }}::regclass);
delete from creditshift.added_balances;
