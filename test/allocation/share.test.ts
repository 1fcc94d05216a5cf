import fc from 'fast-check';
import { expect, test } from 'vitest';
import { share, wholeCredits } from '../../src/allocation/share.ts';
import { contextFor, freshDatabase, migrate } from '../support/guardian.ts';

const amounts = fc.bigInt({ min: 0n, max: 10n ** 12n });
/** Weights in ten-thousandths that sum to exactly 10 000. */
const exactWeights = fc
  .array(fc.integer({ min: 0, max: 10_000 }), { minLength: 0, maxLength: 6 })
  .map(cuts => [0, ...cuts.sort((a, b) => a - b), 10_000])
  .map(cuts => cuts.slice(1).map((cut, index) => BigInt(cut - (cuts[index] ?? 0))));

test('a split over weights that sum to 1 conserves every credit', () => {
  fc.assert(
    fc.property(amounts, exactWeights, (amount, weights) => {
      const shares = share(amount, weights, []);
      expect(shares.reduce((a, b) => a + b, 0n)).toBe(amount);
      for (const [index, credits] of shares.entries()) {
        const exact = (weights[index] ?? 0n) * amount;
        expect(credits * 10_000n >= exact - 10_000n && credits * 10_000n <= exact + 10_000n).toBe(true);
      }
    }),
  );
});

test('the documents’ weights and floors give the documents’ figures, and mint what is said', () => {
  const weights = [4000n, 3000n, 3000n, 1000n];
  expect(share(12_345n, weights, [])).toEqual([4938n, 3704n, 3703n, 1234n]);
  expect(share(12_345n, weights, []).reduce((a, b) => a + b) - 12_345n).toBe(1234n);
  expect(share(101n, weights, [500n, 300n, 1000n, 100n])).toEqual([500n, 300n, 1000n, 100n]);
  expect(share(-5n, weights, [])).toEqual([0n, 0n, 0n, 0n]);
});

test('a fraction of a legacy credit is forfeited, a negative or missing balance counts as 0', () => {
  expect(wholeCredits('123.4500')).toEqual({ whole: 123n, fraction: '0.45' });
  expect(wholeCredits('7.000')).toEqual({ whole: 7n, fraction: '0' });
  expect(wholeCredits('-3')).toEqual({ whole: 0n, fraction: '0' });
  expect(wholeCredits(null)).toEqual({ whole: 0n, fraction: '0' });
});

test('the database divides exactly as plan previews', async () => {
  const { url, sql } = await freshDatabase();
  await migrate(contextFor(url), { to: 'control' });
  const cases = fc.sample(
    fc.tuple(amounts, fc.array(fc.bigInt({ min: 0n, max: 10_000n }), { minLength: 1, maxLength: 7 })),
    300,
  );
  for (const [amount, weights] of cases) {
    const floors = weights.map((_, index) => BigInt(index * 37));
    const [row] = await sql<{ shares: string }[]>`
      select creditshift.share(${String(amount)}::bigint, ${weights.map(String)}::text[]::bigint[], ${floors.map(String)}::text[]::bigint[])::text as shares`;
    expect(row?.shares).toBe(`{${share(amount, weights, floors).join(',')}}`);
  }
});
