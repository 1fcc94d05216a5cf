import type { Check } from '../check.ts';
import { legacyFunctionViolations } from './recorded-functions.ts';

export const functionInPlace: Check = {
  name: 'legacy.function-in-place',
  claim:
    'the legacy function stands behind its name as it was: definition, owner, privileges, comment; no other beside it',
  remedy: 'put it back as it was, or migrate knowing that it differs (--accept-changed-legacy)',
  severity: 'failure',
  states: ['partial', 'disabled'],
  establishedBy: '055_triggers',
  find: legacyFunctionViolations,
};
