-- What allocation comes down to: every balance and its ledger row in one statement, one transaction, nothing else.
with granted as (
  update public.organization_credits as b
     set ai_credits_available = p.ai, ai_credits_total = p.ai,
         whatsapp_credits_available = p.whatsapp, whatsapp_credits_total = p.whatsapp,
         email_credits_available = p.email, email_credits_total = p.email,
         sms_credits_available = p.sms, sms_credits_total = p.sms,
         last_sequence = 1, last_updated = now()
    from public.bare_plans as p
   where p.plan = b.plan_name
  returning b.organization_id, b.credits_remaining, p.*
)
insert into creditshift.allocations (
  organization, sequence, kind, plan, reason, legacy_before,
  ai_granted, ai_after, whatsapp_granted, whatsapp_after, email_granted, email_after, sms_granted, sms_after
)
select organization_id, 1, 'migration', plan, 'plan ' || plan, credits_remaining,
       ai, ai, whatsapp, whatsapp, email, email, sms, sms
  from granted;
