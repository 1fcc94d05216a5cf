import type { Check } from '../check.ts';
import { callerViolations } from './callers.ts';
import { identityOf } from './installed.ts';

export const functionsClosed: Check = {
  name: 'schema.functions-closed',
  claim: 'nobody but superuser and owner can call the new functions while the legacy one is live',
  why: 'one early call would charge a pool that is not in use yet',
  remedy: 'REVOKE EXECUTE on the function from the role named',
  severity: 'failure',
  states: ['partial', 'disabled'],
  establishedBy: '050_functions',
  find: ({ sql, model }) =>
    callerViolations(
      sql,
      model.balances.role,
      model.internalFunctions.map(f => ({ identity: identityOf(model, f), callers: [] })),
    ),
};
