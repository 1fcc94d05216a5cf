-- inverse of allocate: the ledger of allocations is emptied and the pools are as they were made.
delete from creditshift.allocations;
delete from creditshift.exceptions;
delete from creditshift.checkpoints where step = '060_allocate';
update {{ balances.table }}
   set {% for pool in pools %}{{ pool.counter }} = default, {{ pool.total }} = default, {% endfor %}last_sequence = default, last_updated = default
 where last_sequence > 0;
