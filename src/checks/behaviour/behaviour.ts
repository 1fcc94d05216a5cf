import type { Check } from '../check.ts';
import { MIGRATED } from '../state.ts';
import { type Probe, probe } from './probe.ts';

/** A check of what the functions do: tried on one organization, in a transaction that is rolled back. */
export const behaviour = (
  check: Pick<Check, 'name' | 'claim' | 'why' | 'remedy'>,
  attempt: (tried: Probe) => Promise<void>,
): Check => ({
  ...check,
  severity: 'failure',
  states: MIGRATED.filter(state => state !== 'disabled'),
  establishedBy: '050_functions',
  probes: true,
  find: subject => probe(subject, attempt),
});
