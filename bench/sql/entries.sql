-- Ten charges of one AI credit for every organization, as the consume function would have logged them.
insert into public.credit_consumption_logs (
  organization_id, action_type, quantity, success, outcome, sequence, legacy_delta,
  ai_credits_consumed, ai_credits_after, whatsapp_credits_after, email_credits_after, sms_credits_after,
  credits_consumed, balance_before, balance_after
)
select b.organization_id, 'ai_chat', 1, true, 'success', b.last_sequence + n, -1,
       1, b.ai_credits_available - n, b.whatsapp_credits_available, b.email_credits_available, b.sms_credits_available,
       1, b.ai_credits_available - n + 1, b.ai_credits_available - n
  from generate_series(1, 10) as n
  cross join public.organization_credits as b;

update public.organization_credits
   set ai_credits_available = ai_credits_available - 10, last_sequence = last_sequence + 10;
