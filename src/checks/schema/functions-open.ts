import type { Check } from '../check.ts';
import { callerViolations } from './callers.ts';
import { identityOf } from './installed.ts';

export const functionsOpen: Check = {
  name: 'schema.functions-open',
  claim: 'the functions can be called by the configured roles, and by nobody else',
  why: 'a missing grant is an outage, one too many is a hole',
  remedy:
    'GRANT or REVOKE EXECUTE so that functions.execute and functions.actForAll hold, also against PUBLIC and anon',
  severity: 'failure',
  states: ['cut over', 'contracted'],
  establishedBy: '090_cutover',
  find: ({ sql, model }) =>
    callerViolations(
      sql,
      model.balances.role,
      model.internalFunctions.map(f => ({
        identity: identityOf(model, f),
        callers: [...f.callers, ...f.readers],
      })),
    ),
};
