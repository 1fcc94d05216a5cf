import { AGENZIA } from '../../support/guardian.ts';
import { balances, type Corruption, edit, past } from './plant.ts';

export const LEGACY: Corruption[] = [
  {
    check: 'legacy.balance-accounted',
    fault: 'a legacy balance written unnoticed',
    sql: past(
      balances,
      'creditshift_legacy_write',
      `update ${balances} set credits_remaining = 7 where organization_id = '${AGENZIA}'`,
    ),
  },
  {
    check: 'legacy.function-set-aside',
    fault: 'the function that was set aside got a comment',
    sql: `comment on function creditshift_aside.consume_credits_rpc(uuid, text) is 'old'`,
  },
  {
    check: 'legacy.function-set-aside',
    fault: 'the function that was set aside is gone',
    sql: 'drop function creditshift_aside.consume_credits_rpc(uuid, text)',
  },
  {
    check: 'legacy.function-set-aside',
    fault: 'the legacy function can be called again',
    sql: 'alter function creditshift_aside.consume_credits_rpc(uuid, text) set schema public',
    // Which one a call with two arguments means is then ambiguous.
    also: [
      'security.access',
      'schema.one-consume-function',
      'behaviour.actions-charge',
      'behaviour.exhaustion',
      'behaviour.multi-pool',
      'behaviour.refusals',
    ],
  },
  {
    check: 'legacy.function-in-place',
    fault: 'the live legacy function was edited',
    state: 'partial',
    sql: edit('public.consume_credits_rpc(uuid, text)', 'coalesce(v_cost, 1)', 'coalesce(v_cost, 2)'),
  },
  {
    check: 'legacy.no-late-writes',
    fault: 'old code that still spends the unified balance',
    sql: `update ${balances} set credits_remaining = credits_remaining - 1 where organization_id = '${AGENZIA}'`,
  },
];
