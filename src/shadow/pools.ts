import type { Price } from './prices.ts';

/** Why the two functions decide differently; also the words that people read. */
export const CAUSES = {
  'unknown action': 'it is neither in the price list nor in the catalogue',
  'unpriced action': 'no pool pays for it',
  'unknown organization': 'it has no balance row, and the new function makes none',
  'no pools': 'its plan gives the organization no credits',
  'pool smaller': 'the pool is used up, at legacy prices too',
  'pool larger': 'the pool has more than the legacy balance had',
  repriced: 'at legacy prices the pools would decide as the legacy function did',
  'invalid quantity': 'null, zero or negative',
  'quantity overflow': 'the cost is beyond the type of the pool',
} as const;
export type Cause = keyof typeof CAUSES;

/** What the new function would have decided; `short` is the first pool that has too little. */
export interface Decision {
  allowed: boolean;
  refusal?: Exclude<Cause, 'pool larger' | 'repriced'>;
  short?: { pool: number; required: bigint; available: bigint };
  /** Whether pools charged at legacy prices all along would have allowed it. */
  atLegacyPrices: boolean;
}

/** The pools of one organization, charged in mind only: at their own prices and, beside, at legacy prices. */
export interface Purse {
  available: bigint[];
  atLegacyPrices: bigint[];
  /** No pool got anything. */
  empty: boolean;
}

export const purseOf = (credits: readonly bigint[]): Purse => ({
  available: [...credits],
  atLegacyPrices: [...credits],
  empty: credits.every(amount => amount === 0n),
});

const refused = (refusal: NonNullable<Decision['refusal']>): Decision => ({
  allowed: false,
  refusal,
  atLegacyPrices: false,
});

/**
 * Decides a call as the new function would, in its order, and charges the purse where it allows it.
 * @param purse undefined for an organization without a balance row
 * @param most what a pool can hold
 */
export function decide(
  purse: Purse | undefined,
  price: Price | undefined,
  quantity: bigint | null,
  most: bigint,
): Decision {
  if (quantity === null || quantity < 1n) return refused('invalid quantity');
  if (!price) return refused('unknown action');
  const sum = price.pools.reduce((a, b) => a + b, 0n);
  if (sum === 0n) return refused('unpriced action');
  const costs = price.pools.map(cost => cost * quantity);
  if (costs.some(cost => cost > most)) return refused('quantity overflow');
  if (!purse) return refused('unknown organization');
  // What the legacy price comes to, divided among the pools as their own prices are, and rounded up.
  const legacy = price.pools.map(cost => (price.legacy * quantity * cost + sum - 1n) / sum);
  const atLegacyPrices = charge(purse.atLegacyPrices, legacy);
  if (charge(purse.available, costs)) return { allowed: true, atLegacyPrices };
  const pool = costs.findIndex((cost, i) => cost > (purse.available[i] ?? 0n));
  return {
    allowed: false,
    refusal: purse.empty ? 'no pools' : 'pool smaller',
    short: { pool, required: costs[pool] ?? 0n, available: purse.available[pool] ?? 0n },
    atLegacyPrices,
  };
}

/** All or nothing: takes the costs from the pools, or says that one has too little. */
function charge(available: bigint[], costs: readonly bigint[]): boolean {
  if (costs.some((cost, i) => cost > (available[i] ?? 0n))) return false;
  for (const [i, cost] of costs.entries()) available[i] = (available[i] ?? 0n) - cost;
  return true;
}

/** Why the decisions differ; undefined where they agree. */
export function causeOf(legacy: boolean, now: Decision): Cause | undefined {
  if (legacy === now.allowed) return undefined;
  if (now.allowed) return now.atLegacyPrices ? 'pool larger' : 'repriced';
  return now.refusal === 'pool smaller' && now.atLegacyPrices ? 'repriced' : now.refusal;
}
