import type { Check } from '../check.ts';
import { legacyFunctionViolations } from './recorded-functions.ts';

export const functionSetAside: Check = {
  name: 'legacy.function-set-aside',
  claim: 'the legacy function stands in creditshift_aside as it was: definition, owner, privileges, comment',
  why: 'a rollback puts this very function back to work',
  remedy: 'put it back as it was, or roll back knowing that it differs (--accept-changed-legacy)',
  severity: 'failure',
  states: ['cut over', 'contracted'],
  establishedBy: '090_cutover',
  until: '110_drop_legacy',
  find: legacyFunctionViolations,
};
