import { AUDIT } from './audit.ts';
import { BALANCES } from './balances.ts';
import { BEHAVIOUR } from './behaviour.ts';
import { LEDGER } from './ledger.ts';
import { LEGACY } from './legacy.ts';
import { PERFORMANCE } from './performance.ts';
import type { Corruption } from './plant.ts';
import { SCHEMA } from './schema.ts';
import { SECURITY } from './security.ts';

/** Every planted fault, in the groups of the checks. */
export const CORRUPTIONS: readonly Corruption[] = [
  ...SCHEMA,
  ...BALANCES,
  ...LEDGER,
  ...BEHAVIOUR,
  ...AUDIT,
  ...LEGACY,
  ...SECURITY,
  ...PERFORMANCE,
];
