    -- Most actions are paid by one pool: its answer is one expression, since PL/pgSQL makes each anew in every transaction.
    {% for pool in pools -%}
    {% if forloop.first %}if{% else %}elsif{% endif %} {{ pool.cost }} = v_consumed then
      v_charged := {{ pool.left }};
      v_answer := {{ '{"success": true, "consumed": {"' | append: pool.name | append: '": ' | lit }} || {{ pool.cost }} || {{ '}, "remaining": {"' | append: pool.name | append: '": ' | lit }} || {{ pool.left }} {% render '_answer_end' %}
    {% endfor -%}
    else
      v_charged := 0;
      {% for pool in pools -%}
      if {{ pool.cost }} > 0 then
        v_charged := v_charged + {{ pool.left }};
        v_spent := concat_ws(', ', v_spent, {{ '"' | append: pool.name | append: '": ' | lit }} || {{ pool.cost }});
        v_rest := concat_ws(', ', v_rest, {{ '"' | append: pool.name | append: '": ' | lit }} || {{ pool.left }});
      end if;
      {% endfor -%}
      v_answer := '{"success": true, "consumed": {' || v_spent || '}, "remaining": {' || v_rest {% render '_answer_end' %}
    end if;
