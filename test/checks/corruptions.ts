import { ADMIN, AGENZIA, VICTORY } from '../support/guardian.ts';

/** A fault, planted by SQL as a superuser, the check that claims to find it, and others that rightly find it too. */
export interface Corruption {
  check: string;
  fault: string;
  /** The database it is planted in; cut over, with charges, when absent. */
  state?: 'unmigrated' | 'partial';
  sql: string;
  also?: string[];
}

const balances = 'public.organization_credits';
const log = 'public.credit_consumption_logs';
const consume = 'public.consume_credits_rpc(uuid, text, integer, uuid, text, jsonb)';
const specific = 'public.consume_specific_credits(uuid, text, bigint, text)';
const reverse = 'public.reverse_credits(uuid, bigint, bigint, text, text)';
const topUp = 'public.top_up_credits(uuid, text, bigint, text)';
const reset = 'public.reset_cycle(uuid, date)';
const allocate = 'creditshift.allocate(uuid, text, text, text, boolean, text[])';

/** Replaces a piece of a function's definition; the planting fails when the piece is not there. */
const edit = (signature: string, piece: string, by: string) => `
  do $plant$
  declare
    v_old text := pg_get_functiondef('${signature}'::regprocedure);
    v_new text := replace(v_old, $piece$${piece}$piece$, $piece$${by}$piece$);
  begin
    assert v_new <> v_old, 'nothing to replace';
    execute v_new;
  end $plant$`;

/** Writes to a table with one of its triggers off, and on again as it was. */
const past = (table: string, trigger: string, sql: string) =>
  `alter table ${table} disable trigger ${trigger}; ${sql}; alter table ${table} enable always trigger ${trigger}`;
const pastAppendOnly = (sql: string) => past(log, 'creditshift_append_only', sql);

export const CORRUPTIONS: Corruption[] = [
  {
    check: 'schema.nothing-left',
    fault: 'a schema of the toolkit without its history',
    state: 'unmigrated',
    sql: 'create schema creditshift_aside',
  },
  {
    check: 'schema.nothing-left',
    fault: 'a pool column',
    state: 'unmigrated',
    sql: `alter table ${balances} add column ai_credits_total integer`,
  },
  {
    check: 'schema.pricing-rows',
    fault: 'a plan that gives more than configured',
    sql: `update creditshift.plan_pools set credits = 201 where plan = 'starter' and pool = 'ai'`,
    also: ['behaviour.allocate-plan-credits'],
  },
  {
    check: 'schema.pricing-rows',
    fault: 'an assignment removed',
    sql: `delete from creditshift.assignments where plan = 'premium'`,
  },
  {
    check: 'schema.pricing-rows',
    fault: 'a plan value made up',
    sql: `insert into creditshift.plan_values (value, plan) values ('gratis', 'premium')`,
  },
  {
    check: 'schema.balance-columns',
    fault: 'a column without its default',
    sql: `alter table ${balances} alter column ai_credits_total drop default`,
  },
  {
    check: 'schema.balance-columns',
    fault: 'a counter that does not begin at 0',
    sql: `alter table ${balances} alter column last_sequence set default 1`,
  },
  {
    check: 'schema.action-columns',
    fault: 'a price that may be null',
    sql: 'alter table public.credit_actions alter column sms_credits_required drop not null',
  },
  {
    check: 'schema.log-columns',
    fault: 'a key of another type',
    sql: `alter table ${log} alter column idempotency_key type character varying(200)`,
  },
  {
    check: 'schema.limits-present',
    fault: 'a weaker limit of that name',
    sql: `alter table ${balances} drop constraint ai_credits_within_total,
            add constraint ai_credits_within_total check (ai_credits_available >= 0)`,
  },
  {
    check: 'schema.limits-present',
    fault: 'a limit dropped',
    sql: `alter table ${balances} drop constraint sms_credits_within_total`,
  },
  {
    check: 'schema.limits-validated',
    fault: 'a limit that old rows were not checked for',
    sql: `alter table ${balances} drop constraint ai_credits_within_total, add constraint ai_credits_within_total
            check (0 <= ai_credits_available and ai_credits_available <= ai_credits_total) not valid`,
  },
  { check: 'schema.log-indexes', fault: 'an index dropped', sql: 'drop index public.creditshift_log_idempotency' },
  {
    check: 'schema.log-indexes',
    fault: 'an index left invalid',
    sql: `update pg_index set indisvalid = false where indexrelid = 'public.creditshift_log_sequence'::regclass`,
  },
  {
    check: 'schema.log-indexes',
    fault: 'an index on other columns',
    sql: `drop index public.creditshift_log_sequence;
          create unique index creditshift_log_sequence on ${log} (organization_id, id) where sequence is not null`,
  },
  {
    check: 'schema.log-triggers',
    fault: 'a trigger disabled',
    sql: `alter table ${log} disable trigger creditshift_append_only`,
  },
  {
    check: 'schema.log-triggers',
    fault: 'a trigger that replication roles pass',
    sql: `alter table ${log} enable trigger creditshift_no_truncate`,
  },
  {
    check: 'schema.balance-triggers',
    fault: 'a trigger disabled',
    sql: `alter table ${balances} disable trigger creditshift_new_organization`,
  },
  {
    check: 'schema.balance-triggers',
    fault: 'a trigger that replication roles pass',
    sql: `alter table ${balances} enable trigger creditshift_legacy_write`,
  },
  {
    check: 'schema.function-bodies',
    fault: 'a body edited without effect',
    sql: edit('public.get_available_credits(uuid, text)', 'v_available', 'v_found'),
  },
  {
    check: 'schema.function-bodies',
    fault: 'a search path reset',
    sql: 'alter function creditshift.rule(uuid, text, boolean, boolean) reset search_path',
  },
  {
    check: 'schema.function-bodies',
    fault: 'a function that was not installed',
    sql: `create function creditshift.allocate(uuid) returns void language sql as ''`,
  },
  {
    check: 'schema.summary-view',
    fault: 'a view that reads with its owner’s rights',
    sql: 'alter view public.organization_credit_summary reset (security_invoker)',
  },
  {
    check: 'schema.functions-closed',
    fault: 'a grant before the cutover',
    state: 'partial',
    sql: 'grant execute on function creditshift.plan_of(uuid) to anon',
  },
  {
    check: 'schema.functions-open',
    fault: 'a grant to PUBLIC',
    sql: 'grant execute on function public.get_available_credits(uuid, text) to public',
  },
  {
    check: 'schema.functions-open',
    fault: 'a configured role locked out',
    sql: `revoke execute on function ${consume} from authenticated`,
  },
  {
    check: 'schema.one-consume-function',
    fault: 'a second overload',
    sql: `create function public.consume_credits_rpc(uuid) returns json language sql as 'select null::json'`,
  },
  {
    check: 'balances.one-migration-allocation',
    fault: 'an organization that the trigger did not see',
    sql: `insert into public.organizations (id, name, slug) values ('${VICTORY}', 'Victory', 'victory');
          ${past(balances, 'creditshift_new_organization', `insert into ${balances} (organization_id) values ('${VICTORY}')`)}`,
  },
  {
    check: 'balances.totals-by-plan',
    fault: 'a total that the plan does not give',
    sql: `update ${balances} set sms_credits_total = 51 where organization_id = '${AGENZIA}'`,
  },
  {
    check: 'balances.within-limits',
    fault: 'more available than there is',
    sql: `alter table ${balances} drop constraint sms_credits_within_total;
          update ${balances} set sms_credits_available = 51 where organization_id = '${AGENZIA}'`,
    also: ['schema.limits-present', 'ledger.equation'],
  },
  {
    check: 'balances.no-nulls',
    fault: 'a total that is null',
    sql: `alter table ${balances} alter column sms_credits_total drop not null;
          update ${balances} set sms_credits_total = null where organization_id = '${AGENZIA}'`,
    also: ['schema.balance-columns', 'balances.totals-by-plan'],
  },
  {
    check: 'balances.organizations-without-credits',
    fault: 'an organization without a balance row',
    sql: `insert into public.organizations (name, slug) values ('Victory', 'victory')`,
  },
  {
    check: 'balances.credits-without-organization',
    fault: 'a balance row without its organization',
    sql: `delete from public.organizations where id = '${ADMIN}'`,
  },
  {
    check: 'balances.no-failed',
    fault: 'an allocation that failed and was not made since',
    sql: `insert into creditshift.exceptions (organization, kind, reason) values ('${AGENZIA}', 'failed', 'refused')`,
  },
  {
    check: 'balances.no-pending',
    fault: 'a new organization with an unknown plan',
    sql: `insert into public.organizations (id, name, slug) values ('${VICTORY}', 'Victory', 'victory');
          insert into ${balances} (organization_id, plan_name) values ('${VICTORY}', 'mystery')`,
  },
  {
    check: 'balances.plan-unchanged',
    fault: 'a plan changed by the application',
    sql: `update ${balances} set plan_name = 'premium' where organization_id = '${AGENZIA}'`,
  },
  {
    check: 'ledger.equation',
    fault: 'a balance changed without an entry',
    sql: `update ${balances} set email_credits_available = 999 where organization_id = '${AGENZIA}'`,
  },
  {
    check: 'ledger.equation',
    fault: 'a balance row removed under its entries, past the trigger that leaves a tombstone',
    sql: `alter table ${balances} disable trigger creditshift_deleted_organization;
          delete from ${balances} where organization_id = '${ADMIN}';
          alter table ${balances} enable trigger creditshift_deleted_organization`,
    also: ['balances.organizations-without-credits', 'ledger.sequence-gapless'],
  },
  {
    check: 'ledger.sequence-gapless',
    fault: 'a counter moved on',
    sql: `update ${balances} set last_sequence = last_sequence + 1 where organization_id = '${AGENZIA}'`,
  },
  {
    check: 'ledger.sequence-gapless',
    fault: 'an entry removed',
    sql: pastAppendOnly(`delete from ${log} where action_type = 'ai_chat' and success`),
    also: ['ledger.equation', 'ledger.balance-chain'],
  },
  {
    check: 'ledger.balance-chain',
    fault: 'a balance after a charge edited',
    sql: pastAppendOnly(`update ${log} set ai_credits_after = 150 where action_type = 'ai_chat' and success`),
  },
  {
    check: 'ledger.balance-chain',
    fault: 'an allocation edited on both sides',
    sql: `update creditshift.allocations set ai_before = 5, ai_after = 205 where organization = '${AGENZIA}'`,
  },
  {
    check: 'ledger.legacy-delta',
    fault: 'a charge that settles nothing',
    sql: pastAppendOnly(`update ${log} set legacy_delta = null where action_type = 'email_send'`),
  },
  {
    check: 'ledger.legacy-delta',
    fault: 'a refusal that settles something',
    sql: pastAppendOnly(`update ${log} set legacy_delta = -1 where success is false`),
  },
  {
    check: 'ledger.legacy-delta',
    fault: 'an allocation that would be settled',
    sql: `update creditshift.allocations set legacy_delta = 5 where organization = '${AGENZIA}'`,
  },
  {
    check: 'ledger.reversals',
    fault: 'a charge reversed twice over',
    sql: `select public.reverse_credits('${AGENZIA}', 2); update creditshift.reversals set quantity = 2`,
  },
  {
    check: 'ledger.reversals',
    fault: 'a reversal that settles too much',
    sql: `select public.reverse_credits('${AGENZIA}', 2); ${pastAppendOnly(`update ${log} set legacy_delta = 3 where quantity < 0`)}`,
  },
  {
    check: 'ledger.reversals',
    fault: 'a reversal made up',
    sql: pastAppendOnly(`update ${log} set quantity = -1 where action_type = 'email_send'`),
  },
  {
    check: 'ledger.journal-chain',
    fault: 'a row edited',
    sql: `update creditshift.journal set data = data || '{"stage": "other"}' where position = 3`,
  },
  {
    check: 'ledger.journal-chain',
    fault: 'a row edited, with a hash to match',
    sql: `update creditshift.journal set data = '{}', hash = encode(sha256(convert_to(concat_ws('|', previous, position,
            to_char(at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), run, event, '{}'), 'utf8')), 'hex') where position = 3`,
  },
  {
    check: 'ledger.journal-chain',
    fault: 'the last row removed',
    sql: 'delete from creditshift.journal where position = (select max(position) from creditshift.journal)',
  },
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
    fault: 'the legacy function can be called again',
    sql: 'alter function creditshift_aside.consume_credits_rpc(uuid, text) set schema public',
    // Which one a call with two arguments means is then ambiguous.
    also: [
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
