-- What a person would ask in psql to know that balances and ledger hold: one select for each claim, none of it ours.
select count(*) from public.organization_credits
 where least(ai_credits_available, whatsapp_credits_available, email_credits_available, sms_credits_available) < 0
    or ai_credits_available > ai_credits_total or whatsapp_credits_available > whatsapp_credits_total
    or email_credits_available > email_credits_total or sms_credits_available > sms_credits_total;

select count(*) from public.organization_credits as b left join public.organizations as o on o.id = b.organization_id where o.id is null;
select count(*) from public.organizations as o left join public.organization_credits as b on b.organization_id = o.id where b.id is null;

select count(*) from public.organization_credits as b
  left join (select organization, count(*) as times from creditshift.allocations where kind = 'migration' group by organization) as a
    on a.organization = b.organization_id
  left join creditshift.exceptions as e on e.organization = b.organization_id
 where coalesce(a.times, 0) <> 1 and e.organization is null;

select count(*) from public.organization_credits as b
  join creditshift.allocations as a on a.organization = b.organization_id
  join public.bare_plans as p on p.plan = a.plan
 where (b.ai_credits_total, b.whatsapp_credits_total, b.email_credits_total, b.sms_credits_total) <> (p.ai, p.whatsapp, p.email, p.sms);

select count(*) from public.organization_credits as b
  left join (select organization, sum(ai_granted - ai_forfeited) as ai, sum(whatsapp_granted - whatsapp_forfeited) as whatsapp,
                    sum(email_granted - email_forfeited) as email, sum(sms_granted - sms_forfeited) as sms
               from creditshift.allocations group by organization) as a on a.organization = b.organization_id
  left join (select organization_id, sum(ai_credits_consumed) as ai, sum(whatsapp_credits_consumed) as whatsapp,
                    sum(email_credits_consumed) as email, sum(sms_credits_consumed) as sms
               from public.credit_consumption_logs where success group by organization_id) as c on c.organization_id = b.organization_id
 where b.ai_credits_available <> coalesce(a.ai, 0) - coalesce(c.ai, 0)
    or b.whatsapp_credits_available <> coalesce(a.whatsapp, 0) - coalesce(c.whatsapp, 0)
    or b.email_credits_available <> coalesce(a.email, 0) - coalesce(c.email, 0)
    or b.sms_credits_available <> coalesce(a.sms, 0) - coalesce(c.sms, 0);

select count(*) from public.organization_credits as b
  left join (select organization, count(*) as entries, min(sequence) as first, max(sequence) as last
               from (select organization, sequence from creditshift.allocations
                     union all
                     select organization_id, sequence from public.credit_consumption_logs where sequence is not null) as e
              group by organization) as e on e.organization = b.organization_id
 where b.last_sequence <> coalesce(e.last, 0) or e.entries <> e.last or e.first <> 1;

select count(*) from public.credit_consumption_logs
 where success and (legacy_delta is null or sequence is null) or not success and (legacy_delta <> 0 or sequence is not null);
select count(*) from creditshift.allocations where legacy_delta <> 0 and kind not in ('top-up', 'deletion');

select count(*) from public.credit_consumption_logs as l
 where success and quantity < 0
   and not exists (select from creditshift.reversals as r where r.organization = l.organization_id and r.sequence = l.sequence);

select count(*) from (
  select ai_before - lag(ai_after, 1, 0::bigint) over entries as ai, ai_after - ai_before - ai_change as ai_step,
         whatsapp_before - lag(whatsapp_after, 1, 0::bigint) over entries as whatsapp, whatsapp_after - whatsapp_before - whatsapp_change as whatsapp_step,
         email_before - lag(email_after, 1, 0::bigint) over entries as email, email_after - email_before - email_change as email_step,
         sms_before - lag(sms_after, 1, 0::bigint) over entries as sms, sms_after - sms_before - sms_change as sms_step
    from (select organization, sequence, ai_before, ai_granted - ai_forfeited as ai_change, ai_after,
                 whatsapp_before, whatsapp_granted - whatsapp_forfeited as whatsapp_change, whatsapp_after,
                 email_before, email_granted - email_forfeited as email_change, email_after,
                 sms_before, sms_granted - sms_forfeited as sms_change, sms_after
            from creditshift.allocations
          union all
          select organization_id, sequence, ai_credits_after + ai_credits_consumed, -ai_credits_consumed, ai_credits_after,
                 whatsapp_credits_after + whatsapp_credits_consumed, -whatsapp_credits_consumed, whatsapp_credits_after,
                 email_credits_after + email_credits_consumed, -email_credits_consumed, email_credits_after,
                 sms_credits_after + sms_credits_consumed, -sms_credits_consumed, sms_credits_after
            from public.credit_consumption_logs where sequence is not null) as e
  window entries as (partition by organization order by sequence)) as chain
 where ai <> 0 or ai_step <> 0 or whatsapp <> 0 or whatsapp_step <> 0 or email <> 0 or email_step <> 0 or sms <> 0 or sms_step <> 0;
