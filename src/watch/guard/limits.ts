import type { GuardConfig } from '../../config/guard.ts';
import type { Charges } from './charges.ts';

/** Milliseconds that a charge may take longer than the baseline in any case: what no client notices is not slow. */
const NEGLIGIBLE = 2;

/** What the limits are held against; null and undefined are not known. */
export interface Measured {
  charges: Charges | null;
  /** Per cent. */
  errorRate: number | null;
  /** Milliseconds. */
  latency: number | undefined;
  baseline: number | undefined;
}

/** The limits that are exceeded, each in words. What is not known exceeds nothing. */
export function exceeded(guard: GuardConfig, { charges, errorRate, latency, baseline }: Measured): string[] {
  const found: string[] = [];
  const calls = (charges?.charges ?? 0) + (charges?.refusals ?? 0);
  const failures = (100 * (charges?.refusals ?? 0)) / Math.max(calls, 1);
  if (calls >= guard.leastCharges && failures > guard.failures) {
    found.push(
      `${rounded(failures)} % of ${calls} charges were refused in ${guard.window} min, the limit is ${guard.failures} %`,
    );
  }
  if (latency !== undefined && baseline !== undefined && isSlow(latency, baseline, guard.latency)) {
    found.push(`a charge takes ${latency} ms, the limit is ${guard.latency} % of ${baseline} ms`);
  }
  const limit = guard.application?.errorRate;
  if (limit !== undefined && errorRate !== null && errorRate > limit) {
    found.push(`the application tells ${errorRate} % errors, the limit is ${limit} %`);
  }
  return found;
}

const isSlow = (latency: number, baseline: number, percent: number): boolean =>
  latency > (baseline * percent) / 100 && latency > baseline + NEGLIGIBLE;

const rounded = (percent: number): string => percent.toFixed(1).replace(/\.0$/, '');
