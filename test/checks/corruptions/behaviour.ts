import { allocate, balances, type Corruption, consume, edit, reset, reverse, specific, topUp } from './plant.ts';

export const BEHAVIOUR: Corruption[] = [
  {
    check: 'behaviour.actions-charge',
    fault: 'a price changed past the configuration',
    sql: `update public.credit_actions set ai_credits_required = 2 where action_type = 'ai_chat'`,
    also: ['behaviour.exhaustion'],
  },
  {
    check: 'behaviour.actions-charge',
    fault: 'charges that a rollback would not settle',
    sql: edit(consume, '- v_cost', '0 * v_cost'),
    also: ['schema.function-bodies'],
  },
  {
    check: 'behaviour.actions-charge',
    fault: 'a trigger that rewrites balances: what a form costs is free',
    sql: `create function public.generous() returns trigger language plpgsql as
            $$ begin new.ai_credits_available := old.ai_credits_available; return new; end $$;
          create trigger generous before update on ${balances} for each row
            when (new.last_sequence > old.last_sequence and new.ai_credits_available = old.ai_credits_available - 5) execute function public.generous()`,
  },
  {
    check: 'behaviour.exhaustion',
    fault: 'refusals that say something else',
    sql: edit(consume, `"available": %s`, `"left": %s`),
    also: ['schema.function-bodies', 'behaviour.multi-pool'],
  },
  {
    check: 'behaviour.multi-pool',
    fault: 'a shortage of the first pool that is named last',
    sql: edit(
      consume,
      'when "v_left_ai" < "v_cost_ai" then',
      'when "v_left_ai" < "v_cost_ai" and "v_cost_sms" = 0 then',
    ),
    also: ['schema.function-bodies'],
  },
  {
    check: 'behaviour.idempotency',
    fault: 'a key that is good for any quantity',
    sql: edit(consume, ' and l.quantity = "consume_credits_rpc"."p_quantity" as same', ' as same'),
    also: ['schema.function-bodies'],
  },
  {
    check: 'behaviour.refusals',
    fault: 'another code for an unknown action',
    sql: edit(consume, 'UNKNOWN_ACTION', 'UNKNOWN'),
    also: ['schema.function-bodies'],
  },
  {
    check: 'behaviour.get-available-credits',
    fault: 'an answer of one too many',
    sql: edit('public.get_available_credits(uuid, text)', 'return v_available', 'return v_available + 1'),
    also: ['schema.function-bodies'],
  },
  {
    check: 'behaviour.consume-specific-credits',
    fault: 'charges settled twice over',
    sql: edit(specific, 'p.legacy_value', '2 * p.legacy_value'),
    also: ['schema.function-bodies', 'behaviour.reverse-credits'],
  },
  {
    check: 'behaviour.allocate-plan-credits',
    fault: 'a second allocation let through',
    sql: edit(allocate, 'v_row.last_sequence > 0', 'false'),
    also: ['schema.function-bodies'],
  },
  {
    check: 'behaviour.reverse-credits',
    fault: 'reversals without the legacy cost',
    sql: edit(reverse, '- v_cost', '0 * v_cost'),
    also: ['schema.function-bodies'],
  },
  {
    check: 'behaviour.top-up-credits',
    fault: 'a payment that counts as often as it is told',
    sql: edit(topUp, `a.kind = 'top-up' and a.reference = p_payment_reference`, 'false'),
    also: ['schema.function-bodies'],
  },
  {
    check: 'behaviour.reset-cycle',
    fault: 'top-ups lost with the cycle',
    sql: edit(reset, 'least("v_extra_ai", "v_left_ai")', '0'),
    also: ['schema.function-bodies'],
  },
];
