import { ADMIN, AGENZIA, VICTORY } from '../../support/guardian.ts';
import { balances, type Corruption, log, past, pastAppendOnly } from './plant.ts';

export const BALANCES: Corruption[] = [
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
    check: 'balances.totals-by-plan',
    fault: 'an allocation off by one, in its entry, the balance and the log alike',
    sql: `update creditshift.allocations set sms_granted = 501, sms_after = 501 where organization = '${ADMIN}';
          update ${balances} set sms_credits_available = 501, sms_credits_total = 501 where organization_id = '${ADMIN}';
          ${pastAppendOnly(`update ${log} set sms_credits_after = 501 where organization_id = '${ADMIN}'`)}`,
  },
  {
    check: 'balances.totals-by-plan',
    fault: 'an entry that names another plan than the one it gave',
    sql: `update creditshift.allocations set plan = 'professional' where organization = '${AGENZIA}'`,
  },
  {
    check: 'balances.one-migration-allocation',
    fault: 'an allocation of the migration that passes for another',
    sql: `update creditshift.allocations set kind = 'plan change' where organization = '${AGENZIA}'`,
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
];
