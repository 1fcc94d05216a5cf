import type { Script } from './load/load.ts';

type Charge = Omit<Script, 'upTo'>;

const organization = 'md5(:n::text)::uuid';

/** What clients call, before the cutover and after it. */
export const PRODUCT: Charge = {
  name: 'consume function',
  statements: [{ text: `select public.consume_credits_rpc(${organization}, 'ai_chat')` }],
};

/** The documents' function on the tables that they planned. */
export const PLANNED: Charge = {
  name: 'documents’ function, planned tables',
  statements: [{ text: `select consume_specific_credits(${organization}, 'ai', 1)` }],
};

/** The same on Guardian's tables. */
export const DOCUMENTS: Charge = {
  name: 'documents’ function',
  statements: [{ text: `select public.documents_consume(${organization}, 'ai', 1)` }],
};

const update = `update public.organization_credits
     set ai_credits_available = ai_credits_available - 1, whatsapp_credits_available = whatsapp_credits_available - 0,
         email_credits_available = email_credits_available - 0, sms_credits_available = sms_credits_available - 0,
         last_sequence = last_sequence + 1, last_updated = now()
   where organization_id = ${organization} and ai_credits_available >= 1 and whatsapp_credits_available >= 0
     and email_credits_available >= 0 and sms_credits_available >= 0
  returning organization_id as organization, last_sequence as sequence, ai_credits_available as ai,
            whatsapp_credits_available as whatsapp, email_credits_available as email, sms_credits_available as sms`;

const insert = `insert into public.credit_consumption_logs (
    organization_id, user_id, action_type, quantity, success, outcome, sequence, idempotency_key, legacy_delta,
    ai_credits_consumed, ai_credits_after, whatsapp_credits_consumed, whatsapp_credits_after,
    email_credits_consumed, email_credits_after, sms_credits_consumed, sms_credits_after,
    credits_consumed, balance_before, balance_after, metadata
  )`;

/** The same rows in one statement that knows the price: no caller, no catalogue, no pause, no refusal, no answer. */
export const BARE: Charge = {
  name: 'bare statement',
  statements: [
    {
      text: `with charged as (${update})
  ${insert}
  select organization, null, 'ai_chat', 1, true, 'success', sequence, null, -1,
         1, ai, 0, whatsapp, 0, email, 0, sms, 1, ai + 1, ai, null
    from charged`,
    },
  ],
};

/** The same as an application sends it: four statements, one after the other. */
export const APPLICATION: Charge = {
  name: 'begin, update, insert, commit',
  statements: [
    { text: 'begin' },
    { text: update, returns: true },
    {
      text: `${insert}
  values (:organization, null, 'ai_chat', 1, true, 'success', :sequence, null, -1,
          1, :ai, 0, :whatsapp, 0, :email, 0, :sms, 1, :ai::integer + 1, :ai, null)`,
    },
    { text: 'commit' },
  ],
};
