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
const deletedOrganization: Trigger = {
  name: 'creditshift_deleted_organization',
  fires: 'AFTER DELETE ON',
  calls: 'creditshift.on_deleted_organization',
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
  claim:
    'new organizations get their pools, deleted ones are forgotten, writes to legacy columns are noticed: triggers fire',
  why: 'without them a new organization has no pools, and a late write goes unseen',
  remedy: 'ALTER TABLE … ENABLE TRIGGER (ENABLE ALWAYS for creditshift_legacy_write), then creditshift verify again',
  severity: 'failure',
  states: MIGRATED,
  establishedBy: '055_triggers',
  find: ({ sql, model, state }) =>
    triggerViolations(
      sql,
      model.balances.table.toString(),
      // The contract step retires the columns that the last one watches.
      [newOrganization, deletedOrganization, ...(isApplied(state, '100_contract') ? [] : [legacyWrite])],
    ),
};
