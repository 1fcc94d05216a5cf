import type { Check } from '../check.ts';
import { MIGRATED } from '../state.ts';
import { triggerViolations } from './triggers.ts';

const calls = 'creditshift.refuse_log_change';

export const logTriggers: Check = {
  name: 'schema.log-triggers',
  claim: 'the triggers that make the log append-only are there and fire always',
  why: 'without them an entry can be changed or removed, and nobody would notice',
  remedy: 'ALTER TABLE … ENABLE ALWAYS TRIGGER, then look at ledger.* for what was changed meanwhile',
  severity: 'failure',
  states: MIGRATED,
  establishedBy: '040_expand_log',
  find: ({ sql, model }) =>
    triggerViolations(sql, model.log.table.toString(), [
      { name: 'creditshift_append_only', fires: 'BEFORE DELETE OR UPDATE ON', calls, always: true },
      { name: 'creditshift_no_truncate', fires: 'BEFORE TRUNCATE ON', calls, always: true },
    ]),
};
