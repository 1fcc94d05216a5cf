/** One row of the results: a ratio against a goal, or a figure against a limit. */
export interface Row {
  what: string;
  /** Size and clients. */
  at: string;
  goal: string;
  reached: string;
  met: boolean;
  /** What was measured, with its spread. */
  figures: string;
}

/** What a subject found. */
export interface Measured {
  rows: Row[];
  /** A Markdown table that says where the time goes. */
  profile?: string | undefined;
}

export type Contestants = Record<string, () => Promise<number>>;

/** Runs the contestants in turn, A B B A …, so that a machine whose load changes treats all alike. */
export async function alternate<C extends Contestants>(
  rounds: number,
  contestants: C,
): Promise<{ [name in keyof C]: number[] }> {
  const names = Object.keys(contestants) as (keyof C)[];
  const results = Object.fromEntries(names.map(name => [name, []])) as unknown as { [name in keyof C]: number[] };
  for (let round = 0; round < rounds; round++) {
    // Every other round backwards: whoever comes second finds warmer caches and more load.
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const run = contestants[name];
      if (run) results[name].push(await run());
    }
  }
  return results;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low, high] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[middle]];
  return ((low ?? Number.NaN) + (high ?? Number.NaN)) / 2;
}

/** Median of the ratios of each round, with the lowest and highest. */
export function ratioOf(mine: readonly number[], theirs: readonly number[]) {
  const ratios = mine.map((value, round) => value / (theirs[round] ?? Number.NaN));
  return { median: median(ratios), low: Math.min(...ratios), high: Math.max(...ratios) };
}

/** A number for people: thousands apart, three digits that count. */
export const shown = (value: number): string =>
  (Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3))).toLocaleString('en').replaceAll(',', ' ');

/** A row that has to reach at least, or at most, a ratio of `mine` to `theirs`. */
export function ratioRow(
  row: { what: string; at: string; atLeast: number } | { what: string; at: string; atMost: number },
  unit: string,
  mine: readonly number[],
  theirs: readonly number[],
): Row {
  const { median: ratio, low, high } = ratioOf(mine, theirs);
  const [goal, met] =
    'atMost' in row ? [`≤ ${row.atMost} ×`, ratio <= row.atMost] : [`≥ ${row.atLeast} ×`, ratio >= row.atLeast];
  return {
    what: row.what,
    at: row.at,
    goal,
    reached: `${ratio.toFixed(2)} ×`,
    met,
    figures: `${shown(median(mine))} against ${shown(median(theirs))} ${unit}; rounds ${low.toFixed(2)} to ${high.toFixed(2)}`,
  };
}

/** A row that has to stay below a limit. */
export function limitRow(
  row: { what: string; at: string; below: number },
  unit: string,
  value: number,
  figures = '',
): Row {
  const { what, at, below } = row;
  return { what, at, goal: `< ${below} ${unit}`, reached: `${shown(value)} ${unit}`, met: value < below, figures };
}
