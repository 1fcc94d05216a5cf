import { AGENZIA } from '../../support/guardian.ts';
import { balances, type Corruption, consume, edit, log, pastAppendOnly } from './plant.ts';

export const SCHEMA: Corruption[] = [
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
    check: 'schema.limits-present',
    fault: 'a limit renamed',
    sql: `alter table ${balances} rename constraint ai_credits_within_total to ai_within`,
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
    check: 'schema.log-indexes',
    fault: 'an idempotency key used twice, under an index that lets it',
    sql: `drop index public.creditshift_log_idempotency;
          create index creditshift_log_idempotency on ${log} (organization_id, idempotency_key) where idempotency_key is not null and success;
          ${pastAppendOnly(`update ${log} set idempotency_key = 'twice' where organization_id = '${AGENZIA}' and success`)}`,
  },
  {
    check: 'schema.log-triggers',
    fault: 'a trigger disabled',
    sql: `alter table ${log} disable trigger creditshift_append_only`,
    also: ['audit.append-only'],
  },
  {
    check: 'schema.log-triggers',
    fault: 'a trigger that replication roles pass',
    sql: `alter table ${log} enable trigger creditshift_no_truncate`,
    also: ['audit.append-only'],
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
    also: ['security.reach', 'security.owner-views'],
  },
  {
    check: 'schema.functions-closed',
    fault: 'a grant before the cutover',
    state: 'partial',
    sql: 'grant execute on function creditshift.plan_of(uuid) to anon',
    also: ['security.execute'],
  },
  {
    check: 'schema.functions-open',
    fault: 'a grant to PUBLIC',
    sql: 'grant execute on function public.get_available_credits(uuid, text) to public',
    also: ['security.execute'],
  },
  {
    check: 'schema.functions-open',
    fault: 'a configured role locked out',
    sql: `revoke execute on function ${consume} from authenticated`,
    also: ['security.access'],
  },
  {
    check: 'schema.one-consume-function',
    fault: 'a second overload',
    sql: `create function public.consume_credits_rpc(uuid) returns json language sql as 'select null::json'`,
  },
];
