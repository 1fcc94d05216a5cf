-- inverse of triggers
drop trigger creditshift_new_organization on {{ balances.table }};
drop trigger creditshift_deleted_organization on {{ balances.table }};
drop trigger creditshift_legacy_write on {{ balances.table }};
delete from creditshift.legacy_functions;
delete from creditshift.legacy_writes;
