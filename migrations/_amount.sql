greatest(0, floor(coalesce(case terms.basis when 'total' then {{ page.total | raw }} else {{ page.balance | raw }} end, 0)))::bigint
