import { ADMIN, AGENZIA } from '../../support/guardian.ts';
import { balances, type Corruption, log, pastAppendOnly } from './plant.ts';

/** As retention leaves it: an opening for the two charges of Agenzia, and the journal's word on it. */
const RETAINED = `
  insert into creditshift.allocations (organization, sequence, first_sequence, kind, plan, reason, legacy_delta, ai_before, ai_forfeited, ai_after, ai_extra,
    whatsapp_before, whatsapp_forfeited, whatsapp_after, whatsapp_extra, email_before, email_after, email_extra, sms_before, sms_after, sms_extra)
  select '${AGENZIA}', 3, 2, 'opening', m.plan, 'entries 2 to 3, archived', -2, m.ai_after, 1, m.ai_after - 1, m.ai_extra,
         m.whatsapp_after, 1, m.whatsapp_after - 1, m.whatsapp_extra, m.email_after, m.email_after, m.email_extra, m.sms_after, m.sms_after, m.sms_extra
    from creditshift.allocations as m where m.organization = '${AGENZIA}' and m.sequence = 1;
  ${pastAppendOnly(`delete from ${log} where organization_id = '${AGENZIA}' and sequence is not null`)};
  select creditshift.record(null, 'retention', '{"standing": {"openings": 1, "entries": 2, "legacy": -2, "pool ai": -1, "pool whatsapp": -1}}');`;
const opening = (set: string) => `${RETAINED} update creditshift.allocations set ${set} where kind = 'opening'`;

export const LEDGER: Corruption[] = [
  {
    check: 'ledger.openings',
    fault: 'an opening that would settle one credit more',
    sql: opening('legacy_delta = legacy_delta - 1'),
  },
  {
    check: 'ledger.openings',
    fault: 'an opening made up, for a charge taken away',
    sql: `${RETAINED} delete from creditshift.journal where position = (select max(position) from creditshift.journal)`,
  },
  {
    check: 'ledger.balance-chain',
    fault: 'the balance after an opening edited by one',
    sql: opening('ai_after = ai_after - 1'),
  },
  {
    check: 'ledger.sequence-gapless',
    fault: 'an opening that stands for one entry less',
    sql: opening('first_sequence = 3'),
    also: ['ledger.openings'],
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
    fault: 'a row in the middle removed',
    sql: 'delete from creditshift.journal where position = 3',
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
];
