    {% for pool in pools -%}
    if {{ pool.cost }} > 0 then
      v_charged := v_charged + {{ pool.left }};
      v_spent := v_spent || ', "' || {{ pool.name | lit }} || '": ' || {{ pool.cost }};
      v_rest := v_rest || ', "' || {{ pool.name | lit }} || '": ' || {{ pool.left }};
    end if;
    {% endfor -%}
    v_answer := '{"success": true, "consumed": {' || substr(v_spent, 3) || '}, "remaining": {' || substr(v_rest, 3) || '}, "entry": ' || v_sequence
      {%- if functions.consume.compatible %} || ', "credits_consumed": ' || v_consumed || ', "credits_remaining": ' || v_charged{% endif %} || '}';
