    update {{ balances.table }} as b
       set {% for pool in pools %}{{ pool.counter }} = {{ pool.counts.debit | raw }},
           {% endfor %}last_sequence = b.last_sequence + 1,
           last_updated = now()
     where b.{{ balances.owner }} = {{ organization | raw }}
       {% for pool in pools %}and {{ pool.available.b | raw }} >= {{ pool.cost }}
       {% endfor %}and (select c.mode from creditshift.control as c) = 'live'
    returning {% for pool in pools %}{{ pool.available.b | raw }}, {% endfor %}b.last_sequence
         into {% for pool in pools %}{{ pool.left }}, {% endfor %}v_sequence;
