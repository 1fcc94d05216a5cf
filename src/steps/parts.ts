import type { Config } from '../config/schema.ts';

/** Which step does the work of which part that `expected:` plans a time for; testing is what the checks take. */
export const PARTS = {
  schema: '020_expand_balances',
  data: '060_allocate',
  actions: '030_expand_actions',
  logging: '040_expand_log',
  function: '050_functions',
  testing: null,
} as const satisfies Record<keyof Config['expected'], string | null>;
