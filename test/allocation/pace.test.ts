import { expect, test } from 'vitest';
import { openPace } from '../../src/steps/allocate/pace.ts';

const batch = { rows: 20_000 };
const TARGET = 100;

test('pages grow to the target time, at most twofold a page, and never beyond batch.rows', () => {
  const pace = openPace(batch);
  const sizes = [pace.size];
  // 10 000 organizations a second beyond the commit.
  for (let page = 0; page < 4; page++) {
    pace.took(pace.size / 100, TARGET);
    sizes.push(pace.size);
  }
  expect(sizes).toEqual([1000, 2000, 4000, 8000, 10_000]);
  pace.took(1, TARGET);
  pace.took(1, TARGET);
  expect(pace.size).toBe(20_000);
});

test('slow pages shrink by half at most, and not for the time of a commit', () => {
  const pace = openPace(batch);
  pace.took(150, TARGET);
  expect(pace.size).toBe(667);
  for (let page = 0; page < 10; page++) pace.took(1000, TARGET);
  expect(pace.size).toBe(100);
});

test('a page that fails is halved down to one organization, and grows back from there', () => {
  const pace = openPace({ ...batch, rows: 5 });
  expect([pace.size, pace.halve(), pace.size, pace.halve(), pace.size, pace.halve()]).toEqual([
    5,
    true,
    2,
    true,
    1,
    false,
  ]);
  pace.took(1000, TARGET);
  expect(pace.size).toBe(2);
});
