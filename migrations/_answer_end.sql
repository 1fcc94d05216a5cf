|| '}, "entry": ' || v_sequence
        {%- if functions.consume.compatible %} || ', "credits_consumed": ' || v_consumed || ', "credits_remaining": ' || v_charged{% endif %} || '}';
