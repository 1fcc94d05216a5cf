/** What is measured before a migration and after it, and what people call it. */
export const OPERATIONS = {
  charge: 'charge',
  balanceQuery: 'balance query',
  logInsert: 'log insert',
  rowSecurityRead: 'read under row security',
} as const;
export type OperationName = keyof typeof OPERATIONS;
export const OPERATION_NAMES = Object.keys(OPERATIONS) as OperationName[];

/** Milliseconds in the server that this share of the samples did not exceed. */
export interface Percentiles {
  samples: number;
  p50: number;
  p95: number;
  p99: number;
}

/** One operation. Cold is the first call of a fresh session, not an empty cache; null where no session is ours alone. */
export type Measured = { warm: Percentiles; cold: Percentiles | null } | { notMeasured: string };

/** What is recorded of the time before the migration, under the subject `performance`. */
export type Performance = Record<OperationName, Measured>;

/** All but the first call, which fills the session's caches; unless it took so long that there is no other. */
export const warmOf = (milliseconds: readonly number[]): readonly number[] =>
  milliseconds.length > 1 ? milliseconds.slice(1) : milliseconds;

/** Percentiles by the nearest rank, to the microsecond. */
export function percentiles(milliseconds: readonly number[]): Percentiles {
  const sorted = [...milliseconds].sort((a, b) => a - b);
  const rank = (share: number) => Math.round((sorted[Math.ceil(share * sorted.length) - 1] ?? 0) * 1000) / 1000;
  return { samples: sorted.length, p50: rank(0.5), p95: rank(0.95), p99: rank(0.99) };
}
