   where b.{{ balances.owner }} = p_organization_id
     and (select c.mode from creditshift.control as c) = 'live'
  returning b.last_sequence into v_sequence;
  if not found then
    raise exception 'Charging is paused' using errcode = '22023', hint = 'MAINTENANCE';
  end if;
