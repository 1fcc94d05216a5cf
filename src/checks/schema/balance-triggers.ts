import { isApplied } from '../../database/state.ts';
import type { Check } from '../check.ts';
import { MIGRATED } from '../state.ts';
import { type Trigger, triggerViolations } from './triggers.ts';

const newOrganization: Trigger = {
  name: 'creditshift_new_organization',
  fires: 'AFTER INSERT ON',
  calls: 'creditshift.on_new_organization',
  always: false,
};
const legacyWrite: Trigger = {
  name: 'creditshift_legacy_write',
  fires: 'AFTER UPDATE OF',
  calls: 'creditshift.on_legacy_write',
  always: true,
};

export const balanceTriggers: Check = {
  name: 'schema.balance-triggers',
  claim: 'new organizations get their pools, and writes to legacy columns are noticed: both triggers fire',
  remedy: 'ALTER TABLE … ENABLE TRIGGER (ENABLE ALWAYS for creditshift_legacy_write), then creditshift verify again',
  severity: 'failure',
  states: MIGRATED,
  establishedBy: '055_triggers',
  find: ({ sql, model, state }) =>
    triggerViolations(
      sql,
      model.balances.table.toString(),
      // The contract step retires the columns that the second one watches.
      isApplied(state, '100_contract') ? [newOrganization] : [newOrganization, legacyWrite],
    ),
};
