/**
 * Divides an amount over weights: quotas are floored, what is left goes to the largest remainders, ties in order.
 * The same algorithm as creditshift.share in the database (Hamilton's method); a test holds the two together.
 * @param amount legacy credits; a negative one counts as 0
 * @param weights ten-thousandths; they may sum to more than 10 000
 * @param floors least credits of each share, applied last; what they add is minted
 */
export function share(amount: bigint, weights: readonly bigint[], floors: readonly bigint[]): bigint[] {
  const basis = amount > 0n ? amount : 0n;
  const quotas = weights.map(weight => (weight * basis) / 10_000n);
  const remainders = weights.map(weight => (weight * basis) % 10_000n);
  const target = (weights.reduce((sum, weight) => sum + weight, 0n) * basis) / 10_000n;
  let spare = target - quotas.reduce((sum, quota) => sum + quota, 0n);
  const byRemainder = remainders.map((remainder, index) => ({ remainder, index }));
  byRemainder.sort((a, b) => (a.remainder === b.remainder ? a.index - b.index : a.remainder < b.remainder ? 1 : -1));
  const result = [...quotas];
  for (const { index } of byRemainder) {
    if (spare <= 0n) break;
    result[index] = (result[index] ?? 0n) + 1n;
    spare -= 1n;
  }
  return result.map((credits, index) => {
    const floor = floors[index] ?? 0n;
    return credits > floor ? credits : floor;
  });
}

/** `123.45` → 123n and '0.45': whole credits and the fraction that is forfeited; null and what is no number count as 0. */
export function wholeCredits(amount: string | null): { whole: bigint; fraction: string } {
  if (amount === null || !/^\d/.test(amount)) return { whole: 0n, fraction: '0' };
  const [whole = '0', fraction = ''] = amount.split('.');
  return { whole: BigInt(whole), fraction: /[1-9]/.test(fraction) ? `0.${fraction.replace(/0+$/, '')}` : '0' };
}
